package import ArgumentParser
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
    } catch let error as CocoaError {
        let problem = Problem(files: error)
        FileHandle.standardError.write(problem.complaint(json: json))
        throw ExitCode(problem.exitCode)
    }
}

extension Problem {
    /// What went wrong with a file or a folder, in words.
    init(files error: CocoaError) {
        let path = error.filePath.map { "\($0): " } ?? ""
        let words =
            switch error.code {
            case .fileWriteOutOfSpace: "the disk is full. Make room, then do it again."
            case .fileReadNoPermission: "this user may not read it."
            case .fileWriteNoPermission: "this user may not write there."
            case .fileWriteVolumeReadOnly: "the disk is mounted read-only."
            case .fileWriteFileExists: "there is a file of that name already."
            case .fileNoSuchFile, .fileReadNoSuchFile: "there is no such file or folder."
            default:
                "it cannot be used (\(Self.systemWords(error))). Choose another place."
            }
        self.init(.unavailable, code: "files", path + words)
    }

    /// The system's own words for what lies behind an error.
    private static func systemWords(_ error: CocoaError) -> String {
        let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError
        guard let cause, cause.domain == NSPOSIXErrorDomain else {
            return "error \(error.code.rawValue)"
        }
        return String(cString: strerror(Int32(cause.code))).lowercased()
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

extension ParsableArguments {
    /// Ends the process for an error, and says it as JSON when that is asked for.
    ///
    /// Words that make no command end with 64 (EX_USAGE of sysexits.h), as they do in plain text.
    package static func exit(withError error: any Error, asJSON: Bool) -> Never {
        let code = exitCode(for: error)
        guard asJSON, code != .success, !(error is ExitCode) else { exit(withError: error) }
        let problem =
            code == .validationFailure
            ? Problem(.invalid, code: "cli.words", message(for: error))
            : (error as? any Presentable)?.problem
                ?? Problem(.broken, code: "internal", message(for: error))
        let number = code == .validationFailure ? code.rawValue : problem.exitCode
        FileHandle.standardError.write(problem.complaint(json: true, exitCode: number))
        exit(withError: ExitCode(number))
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
        // What files say must not move the cursor or colour the page.
        let all = ([heading] + rows).map { row in
            row.map { cell in
                cell.unicodeScalars.contains { $0.properties.generalCategory == .control }
                    ? String(
                        cell.map {
                            $0.unicodeScalars.contains {
                                $0.properties.generalCategory == .control
                            } ? "·" : $0
                        }) : cell
            }
        }
        let widths = heading.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            zip(row, widths).map { text, width in
                text + String(repeating: " ", count: width - text.count)
            }.joined(separator: "  ").replacing(/\ +$/, with: "")
        }.joined(separator: "\n")
    }
}
