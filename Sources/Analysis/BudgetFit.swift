import Crypto
package import Foundation
import Kernel
package import Statistics

/// What is known of how channels respond to spend: a fitted mix model, or curves written by hand.
package struct BudgetFit: Sendable {
    /// One channel.
    package struct Channel: Sendable {
        package var name: String
        /// The curve at the parameters' means.
        package var curve: ResponseCurve
        /// The curve at each draw of the posterior; empty when there are none.
        package var draws: [ResponseCurve] = []
        /// What is spent in a period now.
        package var current: Double?
        /// The largest spend of a period that was seen.
        package var largest: Double?
        /// The spend of the last periods, oldest first.
        package var recent: [Double] = []
    }

    package var channels: [Channel]
    /// What a period is called.
    package var period = "period"
    /// What one unit of the target is worth in money.
    package var worth: Double?
    package var inputs: [AnalysisInput] = []

    /// The largest file that is read.
    static let largestFile = 64 << 20

    /// Reads the file at `path`.
    package init(path: String) throws(AnalysisError) {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe)
        } catch {
            throw .noFile(path: path, reason: "there is no such file, or it may not be read")
        }
        try self.init(data, name: URL(filePath: path).lastPathComponent)
    }

    /// Reads the bytes of a file.
    package init(_ data: Data, name: String) throws(AnalysisError) {
        guard data.count <= Self.largestFile else {
            throw .noFile(path: name, reason: "it is larger than 64 MB; keep fewer draws")
        }
        let bytes = [UInt8](data)
        guard bytes.isUTF8 else {
            throw .noFile(path: name, reason: "it is not written in UTF-8; save it so")
        }
        let json = try FitJSON(bytes, name: name)
        channels = []
        try BudgetFitReading.refuseUnreported(json)
        channels = try BudgetFitReading.channels(json)
        if case .text(let period)? = json["period"], !period.isEmpty, period.count <= 30 {
            self.period = period
        }
        if let worth = json["worth"], worth != .null {
            self.worth = try BudgetFitReading.number(worth, "worth", .positive)
        }
        inputs = [
            AnalysisInput(
                file: name, sha256: Hex.text(SHA256.hash(data: data)), rows: channels.count)
        ]
    }
}

extension AnalysisInput {
    init(file: String, sha256: String, rows: Int) {
        (self.file, self.sha256, self.rows) = (file, sha256, rows)
    }
}
