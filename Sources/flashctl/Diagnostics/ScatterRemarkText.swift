import FlashImages
import WireFormat

/// What is odd about a scatter file, in words and as a code that stays.
enum ScatterRemarkText {
  static func sentence(_ oddity: ScatterOddity) -> String {
    switch oddity {
    case .xml(let oddity): PackageRemarkText.sentence(.xml(oddity))
    case .unknownLine(let text): "a line that means nothing: “\(text.prefix(60))”"
    case .repeatedKey(let key): "\(key) stands here again; the first one counts"
    case .repeatedEntries(let count): "\(count) entries repeat earlier ones"
    case .contradiction: "a second entry of this name says other things; the first one counts"
    case .emptyEntry: "a reserved entry without a name, left out"
    case .unknownVersion(let version?, let readAs): "version “\(version)”, read as \(readAs.text)"
    case .unknownVersion(nil, let readAs): "no version, read as \(readAs.text)"
    case .addressesDiffer(let linear, let physical):
      "linear start \(Diagnostic.hex(linear)) and physical start \(Diagnostic.hex(physical)) differ; the physical one counts"
    case .unknownType(let type): "type “\(type)”, handled as NORMAL_ROM"
    case .unknownOperation(let operation):
      "operation type “\(operation)”, handled as UPDATE with a file, else as PROTECTED"
    case .unknownRegion(let region): "region “\(region)”, which nobody has described"
    case .unknownStorage(let storage): "storage “\(storage)”, which nobody has described"
    case .assumedStorage(let storage): "nothing tells the storage; \(storage.rawValue) is assumed"
    case .badBlockSize(let size): "block size \(size); the storage's usual one is taken"
    case .textInBraces: "text between the braces, ignored"
    case .noBootRecord: "no MBR entry: nothing tells where the user section begins"
    }
  }

  static func code(_ oddity: ScatterOddity) -> String {
    switch oddity {
    case .xml(let oddity): PackageRemarkText.code(.xml(oddity))
    case .unknownLine: "unknown-line"
    case .repeatedKey: "repeated-key"
    case .repeatedEntries: "repeated-entries"
    case .contradiction: "contradiction"
    case .emptyEntry: "empty-entry"
    case .unknownVersion: "unknown-version"
    case .addressesDiffer: "addresses-differ"
    case .unknownType: "unknown-type"
    case .unknownOperation: "unknown-operation"
    case .unknownRegion: "unknown-region"
    case .unknownStorage: "unknown-storage"
    case .assumedStorage: "assumed-storage"
    case .badBlockSize: "bad-block-size"
    case .textInBraces: "text-in-braces"
    case .noBootRecord: "no-boot-record"
    }
  }

  static func sentence(_ loss: ScatterConversion.Loss) -> String {
    switch loss {
    case .layouts(let storages): "the layouts for \(storages.map(\.rawValue).joined(separator: ", ")) are left out"
    case .fileNames(let count): "the names of \(count) files get lost"
    case .sizes(let names): "the sizes of \(list(names)) get lost; they become the distance to the next entry"
    case .keys: "types, operations and flags of entries get lost"
    case .settings(let keys): "global keys get lost: \(list(keys))"
    case .linearAddresses: "linear addresses that differ from the physical ones get lost"
    case .regions(let names): "the regions of \(list(names)) get lost"
    }
  }

  static func code(_ loss: ScatterConversion.Loss) -> String {
    switch loss {
    case .layouts: "layouts"
    case .fileNames: "file-names"
    case .sizes: "sizes"
    case .keys: "keys"
    case .settings: "settings"
    case .linearAddresses: "linear-addresses"
    case .regions: "regions"
    }
  }

  private static func list(_ names: [String]) -> String {
    names.count <= 4
      ? names.joined(separator: ", ") : names.prefix(3).joined(separator: ", ") + " and \(names.count - 3) others"
  }
}
