import WireFormat

/// Reads the attributes of one element, with errors that name the file, the line and the attribute.
struct DescriptorReader {
  let element: XMLElement
  let path: String

  var place: PackagePlace { PackagePlace(element, in: path) }

  func error(_ problem: PackageProblem) -> PackageError { PackageError(problem, at: place) }

  /// The first of the attributes that is there, without white space around it.
  func text(_ names: String...) -> String? {
    for name in names { if let value = element[name] { return Self.trim(value) } }
    return nil
  }

  /// An expression under the first of the names that is there.
  func expression(_ names: String...) throws(PackageError) -> DiskExpression? {
    for name in names {
      guard let value = element[name] else { continue }
      return try parse(value, name)
    }
    return nil
  }

  /// A number of sectors: an expression that is no distance from the disk's end, as a negative address alone is one.
  func count(_ names: String...) throws(PackageError) -> DiskExpression? {
    for name in names {
      guard let value = element[name] else { continue }
      let count = try parse(value, name)
      guard !count.text.hasPrefix("-") else {
        throw error(.badExpression(attribute: name, value: value, .negative))
      }
      return count
    }
    return nil
  }

  func requiredExpression(_ name: String) throws(PackageError) -> DiskExpression {
    guard let expression = try expression(name) else { throw error(.missingAttribute(name)) }
    return expression
  }

  private func parse(_ value: String, _ name: String) throws(PackageError) -> DiskExpression {
    do throws(DiskExpressionError) {
      let expression = try DiskExpression(parsing: value)
      guard !expression.containsCRC32 || name == "value" else { throw .checksumUnavailable }
      return expression
    } catch {
      throw self.error(.badExpression(attribute: name, value: value, error))
    }
  }

  /// A plain number, decimal or with `0x`, as generators write them: also `16.` and `16.0`.
  func number(_ name: String, in allowed: ClosedRange<UInt64>) throws(PackageError) -> UInt64? {
    guard let expression = try expression(name) else { return nil }
    guard let value = expression.constant, allowed.contains(value) else {
      throw error(.badNumber(attribute: name, value: expression.text, allowed: allowed))
    }
    return value
  }

  func requiredNumber(_ name: String, in allowed: ClosedRange<UInt64>) throws(PackageError) -> UInt64 {
    guard let number = try number(name, in: allowed) else { throw error(.missingAttribute(name)) }
    return number
  }

  /// `true` or `false` in any case, `1` or `0`; nothing at all counts as `false`.
  func flag(_ name: String) throws(PackageError) -> Bool {
    guard let value = text(name), !value.isEmpty else { return false }
    switch value.lowercased() {
    case "true", "1": return true
    case "false", "0": return false
    default: throw error(.badFlag(attribute: name, value: value))
    }
  }

  static func trim(_ text: String) -> String {
    func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }
    let scalars = text.unicodeScalars.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
    var result = ""
    result.unicodeScalars.append(contentsOf: scalars)
    return result
  }
}
