import DeviceSimulator
import FlashImages
import Glibc
import SystemPackage

/// Writes the files that hosts need to use simulated devices (`simulate --write-fixtures`).
struct FixtureFolder {
  let path: String

  /// Each model's files; those of several models in a folder each.
  func write(for models: [SimulatorModel], on console: Console) throws {
    var written: [String] = []
    for model in models {
      let folder = models.count > 1 ? path + "/" + model.name : path
      let fixtures = try model.makeFixtures()
      guard !fixtures.isEmpty else {
        console.warning("\(model.name) needs no files")
        continue
      }
      for fixture in fixtures {
        let file = folder + "/" + fixture.path
        try makeFolders(of: file)
        let output = try OutputFile.begin(at: file, replacing: true)
        try output.append(fixture.content)
        try output.commit()
        if fixture.isExecutable { _ = unsafe chmod(file, 0o755) }
        console.result(file)
        written.append(file)
      }
    }
    console.event("result", ["status": "done", "files": .array(written.map(JSONValue.string))])
  }

  private func makeFolders(of file: String) throws {
    let place = FilePath(file)
    var folder = FilePath(root: place.root, [])
    for component in place.removingLastComponent().components {
      folder.append(component)
      guard unsafe mkdir(folder.string, 0o777) != 0, errno != EEXIST else { continue }
      throw ImageError.system(operation: "create", path: folder.string, errno: errno)
    }
  }
}
