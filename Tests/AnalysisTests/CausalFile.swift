import Analysis
import Foundation

/// Public series with known answers, where they are at hand.
enum CausalFile {
    static func data(_ name: String) -> Data? {
        let root =
            ProcessInfo.processInfo.environment["THROUGHLINE_ACCEPTANCE_DATA"] ?? "../shared/data"
        return FileManager.default.contents(atPath: root + "/measure/causal/" + name)
    }

    static func table(_ name: String) throws -> DataTable? {
        try data(name).map { try DataTable($0, name: name) }
    }

    /// A table of columns, written as a file has it.
    static func table(_ columns: [(name: String, values: [String])]) throws -> DataTable {
        var text = columns.map(\.name).joined(separator: ",") + "\n"
        for row in (columns.first?.values ?? []).indices {
            text += columns.map { $0.values[row] }.joined(separator: ",") + "\n"
        }
        return try DataTable(Data(text.utf8), name: "made.csv")
    }
}
