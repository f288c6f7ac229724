import ArgumentParser
package import Foundation
package import Kernel

/// Says errors in plain words, or as JSON, and exits with a code that means something.
package func presenting<Value>(
    json: Bool = false, _ body: () async throws -> Value
) async throws -> Value {
    do {
        return try await body()
    } catch let error as any Presentable {
        FileHandle.standardError.write(error.problem.complaint(json: json))
        throw ExitCode(error.problem.exitCode)
    }
}

extension Problem {
    /// What standard error shows of it.
    package func complaint(json: Bool, exitCode: Int32? = nil) -> Data {
        if json, let text = try? JSON.text(Complaint(self, exitCode ?? self.exitCode)) {
            return Data((text + "\n").utf8)
        }
        var text = "throughline: \(message)"
        for (field, message) in fields.sorted(by: { $0.key < $1.key })
        where message != self.message {
            text += "\n  \(field): \(message)"
        }
        return Data((text + "\n").utf8)
    }
}

/// A problem as `--json` shows it on standard error.
private struct Complaint: Encodable {
    let code: String
    let message: String
    let fields: [String: String]
    let exitCode: Int32

    init(_ problem: Problem, _ exitCode: Int32) {
        code = problem.code
        message = problem.message
        fields = problem.fields
        self.exitCode = exitCode
    }
}

/// Lays out what commands print.
package enum Output {
    /// Columns of equal width, with a heading.
    package static func table(_ heading: [String], _ rows: [[String]]) -> String {
        let all = [heading] + rows
        let widths = heading.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            zip(row, widths).map { text, width in
                text + String(repeating: " ", count: width - text.count)
            }.joined(separator: "  ").replacing(/\ +$/, with: "")
        }.joined(separator: "\n")
    }
}
