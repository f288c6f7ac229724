import CQRCode
package import Kernel

/// A QR code drawn as a picture of squares.
package enum QRCode {
    /// The light border that readers need, in squares.
    private static let border = 4

    /// The text as SVG, black on white in every theme: readers are not sure to know it inverted.
    ///
    /// The label is part of the markup as it stands, so it is only ever words of the program.
    package static func svg(_ text: String, label: StaticString) throws(Problem) -> String {
        // A screen has no scratches to correct, and larger squares are read from further away.
        guard let code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L) else {
            throw Problem(
                .broken, code: "web.qr", "The QR code could not be drawn. Copy the text instead.")
        }
        defer { QRcode_free(code) }
        let width = Int(code.pointee.width)
        let size = width + 2 * border
        var path = ""
        for row in 0..<width {
            var column = 0
            while column < width {
                let start = column
                while column < width && code.pointee.data[row * width + column] & 1 == 1 {
                    column += 1
                }
                if column > start {
                    let length = column - start
                    path += "M\(start + border) \(row + border)h\(length)v1h-\(length)z"
                }
                column += 1
            }
        }
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"qr\" role=\"img\" "
            + "aria-label=\"\(label)\" viewBox=\"0 0 \(size) \(size)\" "
            + "shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h\(size)v\(size)H0z\"/>"
            + "<path fill=\"#000\" d=\"\(path)\"/></svg>"
    }
}
