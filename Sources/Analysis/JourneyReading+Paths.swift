import Statistics

extension JourneyReading {
    /// Reads a file of either kind: one row per way with counts, or one row per touch.
    package func read(_ table: DataTable) throws(AnalysisError) -> JourneySource {
        let path = try table.column(
            columns.path, usual: JourneyColumns.usualPaths, option: "--path")
        let channel = try table.column(
            columns.channel, usual: JourneyColumns.usualChannels, option: "--channel")
        var source: JourneySource
        if let path,
            columns.path != nil || columns.channel == nil && channel == nil
                || columns.channel == nil && table.headings[path].lowercased() == "path"
        {
            try refuse(touchOptions, "one row per touch", "one row per way")
            source = try readPaths(table, path)
        } else if let channel {
            try refuse(pathOptions, "one row per way", "one row per touch")
            source = try readTouches(table, channel)
        } else {
            throw .noColumn(
                wanted: "path", present: table.headings,
                hint: "Say with --path which one holds journeys such as “email > search”, or with "
                    + "--id, --time and --channel which ones tell of single touches.")
        }
        guard source.journeys.count > 0 else {
            throw .unsuitable("The file has no journey with a touch in it.")
        }
        if leavesOutDirect { source.leaveOut(directCodes(source.journeys.channels)) }
        return source
    }

    /// Options for files of the other kind would be ignored silently.
    private func refuse(
        _ options: [String], _ other: String, _ own: String
    ) throws(AnalysisError) {
        guard let option = options.first else { return }
        throw .unsuitable(
            "\(option) is for files with \(other), but this one has \(own). Leave it out.")
    }

    private func readPaths(_ table: DataTable, _ path: Int) throws(AnalysisError) -> JourneySource {
        let conversions = try counts(
            table,
            table.required(
                columns.conversions, usual: JourneyColumns.usualConversions,
                option: "--conversions"))
        let value = try table.column(
            columns.value, usual: JourneyColumns.usualValues, option: "--value")
        let values = try value.map { column throws(AnalysisError) in
            try table.numbers(column, empty: 0)
        }
        let null = try table.column(
            columns.nulls, usual: JourneyColumns.usualNulls, option: "--nulls")
        let nulls = try null.map { column throws(AnalysisError) in try counts(table, column) }
        let hours = try table.column(
            columns.hours, usual: JourneyColumns.usualHours, option: "--hours-before")
        var source = JourneySource(
            journeys: Journeys(hasAges: hours != nil || assumedGapHours != nil))
        source.hasValues = value != nil
        source.hasNulls = null != nil
        let ages = try hours.map { column throws(AnalysisError) in
            try readHours(table, column)
        }
        var words = ByteWords()
        var touches: [Int32] = []
        let separator = Array((separator ?? usualSeparator(table, path)).utf8)
        var doubts = SeparatorDoubts(separator)
        var stray = StrayValues()
        try table.forEachCell(path) { row, cell throws(AnalysisError) in
            touches.removeAll(keepingCapacity: true)
            Self.split(cell, at: separator) { touches.append(words.code($0)) }
            if self.separator == nil { doubts.look(at: cell, table.fileRow(row)) }
            if conversions[row] == 0, let value = values?[row], value != 0 {
                stray.add(value, table.fileRow(row))
            }
            guard !touches.isEmpty else {
                source.unattributedConversions += conversions[row]
                source.unattributedValue += values?[row] ?? 0
                return
            }
            if let ages, ages[row].count != touches.count {
                throw .badCell(
                    row: table.fileRow(row), column: hours.map { table.headings[$0] } ?? "",
                    text: "\(ages[row].count)",
                    remedy: "hours, but the path has \(touches.count) touches.")
            }
            source.journeys.append(
                touches, ages: ages?[row] ?? assumedAges(touches.count),
                conversions: conversions[row], value: values?[row] ?? 0, nulls: nulls?[row] ?? 0)
        }
        source.journeys.channels = words.texts
        source.notes += [doubts.note, stray.note].compactMap { $0 }
        if let gap = assumedGapHours, hours == nil {
            source.notes.append(
                "The file has no times: assumed are \(plain(gap)) hours from touch to touch and "
                    + "from the last one to the conversion.")
        }
        return source
    }

    private func assumedAges(_ count: Int) -> [Double] {
        guard let assumedGapHours else { return [] }
        return (0..<count).map { Double(count - $0) * assumedGapHours / 24 }
    }

    /// Days before the conversion, from hours separated as touches are.
    private func readHours(_ table: DataTable, _ column: Int) throws(AnalysisError) -> [[Double]] {
        var result: [[Double]] = []
        let separator = Array((separator ?? usualSeparator(table, column)).utf8)
        try table.forEachCell(column) { row, cell throws(AnalysisError) in
            var ages: [Double] = []
            var isGood = true
            Self.split(cell, at: separator) { part in
                guard let hours = table.style.number(part), hours >= 0 else {
                    isGood = false
                    return
                }
                ages.append(hours / 24)
            }
            guard isGood else {
                throw table.badCell(
                    row, column, cell, "must be hours such as “48 > 24 > 0”, none below 0.")
            }
            result.append(ages)
        }
        return result
    }

    /// A column of counts: empty cells are 0, `true` and `yes` are 1, and nothing is below 0.
    func counts(_ table: DataTable, _ column: Int) throws(AnalysisError) -> [Double] {
        var result: [Double] = []
        result.reserveCapacity(table.rowCount)
        try table.forEachCell(column) { row, cell throws(AnalysisError) in
            if cell.isEmpty { return result.append(0) }
            if let number = table.style.number(cell) {
                guard number >= 0 else {
                    throw table.badCell(row, column, cell, "is below 0; a count cannot be.")
                }
                return result.append(number)
            }
            switch String(decoding: cell, as: UTF8.self).lowercased() {
            case "true", "yes", "y": result.append(1)
            case "false", "no", "n", "na", "null": result.append(0)
            case let text:
                throw table.badCell(
                    row, column, cell,
                    text.contains(",") || text.contains(".")
                        ? table.style.remedy(text) : "is not a count such as 12.")
            }
        }
        return result
    }

    /// `>`, or the arrow that most of the first paths are written with.
    private func usualSeparator(_ table: DataTable, _ column: Int) -> String {
        let known = ["->", "=>", ">", "→", "»"]
        var counts = known.map { _ in 0 }
        var looked = 0
        try? table.forEachCell(column) { _, cell throws(AnalysisError) in
            looked += 1
            guard looked < 1000, cell.count < 100_000 else { return }
            let text = String(decoding: cell, as: UTF8.self)
            if let index = known.firstIndex(where: { text.contains($0) }) { counts[index] += 1 }
        }
        guard let most = counts.max(), most > 0, let index = counts.firstIndex(of: most) else {
            return ">"
        }
        return known[index]
    }

    /// Hears the parts of a cell that are not blank.
    private static func split(
        _ cell: UnsafeBufferPointer<UInt8>, at separator: [UInt8],
        _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) {
        var (start, at) = (0, 0)
        func take(_ end: Int) {
            let range = CSVLayout.trimmed(cell, start..<end)
            if !range.isEmpty { body(UnsafeBufferPointer(rebasing: cell[range])) }
        }
        while at + separator.count <= cell.count {
            var isHere = cell[at] == separator[0]
            for index in separator.indices.dropFirst() where isHere {
                isHere = cell[at + index] == separator[index]
            }
            if isHere {
                take(at)
                at += separator.count
                start = at
            } else {
                at += 1
            }
        }
        take(cell.count)
    }

    func plain(_ number: Double) -> String {
        number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : String(number)
    }
}

extension JourneySource {
    /// Takes touches of these channels away from journeys that have others.
    mutating func leaveOut(_ direct: Set<Int32>) {
        var kept = Journeys(channels: journeys.channels, hasAges: journeys.ages != nil)
        for row in 0..<journeys.count {
            let range = journeys.range(row)
            var places = range.filter { !direct.contains(journeys.touches[$0]) }
            if places.isEmpty { places = Array(range) }
            kept.append(
                places.map { journeys.touches[$0] },
                ages: journeys.ages.map { ages in places.map { ages[$0] } } ?? [],
                conversions: journeys.conversions[row], value: journeys.values[row],
                nulls: journeys.nulls[row])
        }
        journeys = kept
    }
}
