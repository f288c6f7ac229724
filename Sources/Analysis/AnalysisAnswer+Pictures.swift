// Answers that have no picture say so before they are computed.

extension ConsistencyAnswer {
    package static var drawsPicture: Bool { false }
}

extension GeoDesignAnswer {
    package static var drawsPicture: Bool { false }
}

extension SilenceDesignAnswer {
    package static var drawsPicture: Bool { false }
}
