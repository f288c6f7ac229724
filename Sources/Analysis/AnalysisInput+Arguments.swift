import Crypto
import Foundation
import Kernel

extension AnalysisInput {
    /// What was written on the command line, where no file is read.
    package init(arguments: [String]) {
        file = "command line"
        sha256 = Hex.text(SHA256.hash(data: Data(arguments.map { $0 + "\n" }.joined().utf8)))
        rows = arguments.count
    }
}
