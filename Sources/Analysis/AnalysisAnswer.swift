import Crypto
import Foundation
import Kernel

/// A file that an answer rests on.
package struct AnalysisInput: Sendable, Encodable, Hashable {
    package var file: String
    package var sha256: String
    package var rows: Int

    package init(_ table: DataTable) {
        file = table.name
        sha256 = table.digest
        rows = table.rowCount
    }
}

/// What an analysis has found: stable keys for programs, tables and a picture for people.
///
/// As JSON it always has `method`, `inputs`, `diagnostics` and, where there is one row for each
/// channel, place or post, `rows`.
package protocol AnalysisAnswer: Encodable, Sendable {
    /// The short name of what was done.
    var method: String { get }
    /// The files it rests on.
    var inputs: [AnalysisInput] { get }
    /// What people read: one or more tables, and sentences.
    var sections: [AnswerSection] { get }
    /// A picture, where one helps.
    var picture: Picture? { get }
    /// Whether answers of this kind have a picture at all; `--plot` is refused before anything is
    /// computed when they do not.
    static var drawsPicture: Bool { get }
}

extension AnalysisAnswer {
    package var picture: Picture? { nil }
    package static var drawsPicture: Bool { true }

    /// The answer as JSON; figures that are not finite are left out with their keys, and stand as
    /// null in lists, whose places count.
    package func json() throws -> String { try FiniteJSON.text(self) }
}

/// A part of what people read.
package enum AnswerSection: Sendable, Hashable {
    case table(heading: [String], rows: [[String]])
    case text(String)
}

/// A drawing as SVG.
package struct Picture: Sendable, Hashable {
    package var svg: String

    package init(svg: String) { self.svg = svg }

    /// A text as it may stand between tags and in attributes: marks of SVG are written out, and
    /// characters that XML forbids are left out.
    static func escaped(_ text: String) -> String {
        let allowed = text.unicodeScalars.filter {
            ($0.value >= 32 || $0 == "\t" || $0 == "\n") && $0.value & 0xFFFE != 0xFFFE
        }
        return String(String.UnicodeScalarView(allowed))
            .replacing("&", with: "&amp;").replacing("<", with: "&lt;")
            .replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }
}
