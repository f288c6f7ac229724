import Foundation
import Statistics

/// The history that a mix model learns from, place by place on an even grid.
struct MixData: Sendable {
    /// One place.
    struct Place: Sendable {
        var name: String
        var target: [Double]
        var hidden: Set<Int>
        /// As in the file.
        var media: [[Double]]
        var money: [[Double]]
        var controls: [[Double]]
        var worth: [Double]
        /// The first row of the file that tells of each period.
        var rows: [Int?]
    }

    let grid: MixGrid
    var places: [Place] = []
    var notes: [String] = []
    /// Channels that can be estimated, in the configuration's order.
    var channels: [MixConfiguration.Channel]
    var controls: [String] = []

    init(_ table: DataTable, _ model: MixConfiguration) throws(AnalysisError) {
        func column(_ name: String, _ key: String) throws(AnalysisError) -> Int {
            try table.required(name, usual: [], option: "the key \(key) of \(model.name)")
        }
        guard table.rowCount > 1 else {
            throw .unsuitable("The file has \(table.rowCount) rows; a history needs many.")
        }
        let axis = try TimeAxis(table, column: try column(model.date, "date"))
        grid = try MixGrid(axis, date: model.date)
        let target = try table.numbersWithGaps(try column(model.target, "target"))
        let (media, money) = try Self.channels(table, model)
        var controls: [[Double]] = []
        for name in model.controls {
            try Self.checkHoliday(name, table, model)
            controls.append(try Self.whole(table, try column(name, "controls")))
        }
        var worth: [Double] = []
        switch model.worth {
        case .column(let name): worth = try Self.whole(table, try column(name, "worth"))
        case .number(let number): worth = Array(repeating: number, count: table.rowCount)
        case nil: worth = Array(repeating: 1, count: table.rowCount)
        }
        channels = model.channels
        let geo = try model.geo.map { name throws(AnalysisError) in
            try Self.places(table, try column(name, "geo"))
        }
        let names = geo?.names ?? [""]
        guard names.count <= 500 else {
            throw .unsuitable(
                "The column \(model.geo ?? "") has \(names.count) places; at most 500 can be "
                    + "modelled. Group them.")
        }
        places = names.map { name in
            let blank = Array(repeating: 0.0, count: grid.times.count)
            return Place(
                name: name, target: blank, hidden: Set(grid.times.indices),
                media: media.map { _ in blank }, money: media.map { _ in blank },
                controls: controls.map { _ in blank }, worth: blank,
                rows: blank.map { _ in nil })
        }
        for row in 0..<table.rowCount {
            let place = geo?.codes[row] ?? 0
            guard let at = grid.place(axis.values[row]) else { continue }
            if let before = places[place].rows[at] {
                throw .badCell(
                    row: table.fileRow(row), column: model.date, text: axis.text(axis.values[row]),
                    remedy: "is also the date of row \(table.fileRow(before))"
                        + (model.geo == nil
                            ? ". Sum the rows up, or name the column of places with geo:."
                            : " in the same place; sum the rows up."))
            }
            places[place].rows[at] = row
            if let value = target[row] {
                places[place].target[at] = value
                places[place].hidden.remove(at)
            }
            for channel in media.indices {
                places[place].media[channel][at] = media[channel][row]
                places[place].money[channel][at] = money[channel][row]
            }
            for control in controls.indices {
                places[place].controls[control][at] = controls[control][row]
            }
            places[place].worth[at] = worth[row]
        }
        self.controls = model.controls
        try tidy(axis, model)
    }

    /// Refuses a word under `holidays` that is no column.
    private static func checkHoliday(
        _ name: String, _ table: DataTable, _ model: MixConfiguration
    ) throws(AnalysisError) {
        guard let written = model.holidayColumns[name],
            !table.headings.contains(where: { $0.lowercased() == name.lowercased() })
        else { return }
        throw .unsuitable(
            "\(written), key holidays: “\(name)” is neither a day nor a column of the file. Write "
                + "names with their days, such as [{name: christmas, dates: [2024-12-25]}], days, "
                + "or columns; which days a country keeps is not known here.")
    }

    /// Places as the file first spells them, in any letter case, and the one of each row.
    private static func places(
        _ table: DataTable, _ column: Int
    ) throws(AnalysisError) -> (names: [String], codes: [Int]) {
        let found = table.words(column)
        var (names, known, places) = ([String](), [String: Int](), [Int]())
        for word in found.words {
            let small = word.lowercased()
            if known[small] == nil { names.append(word) }
            let place = known[small, default: names.count - 1]
            known[small] = place
            places.append(place)
        }
        let codes = found.codes.map { places[Int($0)] }
        if let empty = known[""], let row = codes.firstIndex(of: empty) {
            throw .badCell(
                row: table.fileRow(row), column: table.headings[column], text: "",
                remedy: "needs the name of a place, or leave the row out.")
        }
        return (names, codes)
    }

    /// The columns of media, and those of money.
    private static func channels(
        _ table: DataTable, _ model: MixConfiguration
    ) throws(AnalysisError) -> (media: [[Double]], money: [[Double]]) {
        func column(_ name: String, _ key: String) throws(AnalysisError) -> Int {
            try table.required(name, usual: [], option: "the key \(key) of \(model.name)")
        }
        var media: [[Double]] = []
        var money: [[Double]] = []
        for channel in model.channels {
            let numbers = try spend(table, try column(channel.name, "channels"))
            media.append(numbers)
            money.append(
                try channel.spend.map { name throws(AnalysisError) in
                    try spend(table, try column(name, "spend"))
                } ?? numbers)
        }
        return (media, money)
    }

    /// Leaves out what says nothing, and says so.
    private mutating func tidy(_ axis: TimeAxis, _ model: MixConfiguration) throws(AnalysisError) {
        if axis.values != axis.values.sorted(), model.geo == nil {
            notes.append("Rows were put in the order of time.")
        }
        if !grid.gaps.isEmpty {
            notes.append(
                "\(grid.gaps.count) periods have no row (the first is "
                    + "\(grid.text(grid.gaps[0]))); they count as periods without spend, and their "
                    + "target is left open.")
        }
        let open = places.reduce(0) { sum, place in
            sum + place.hidden.count { place.rows[$0] != nil }
        }
        if open > 0 {
            notes.append("\(open) rows have no target; they are left open.")
        }
        for index in channels.indices.reversed()
        where places.allSatisfy({ $0.media[index].allSatisfy { $0 == 0 } }) {
            notes.append(
                "The channel \(channels[index].name) is 0 in every row: what it brings cannot be "
                    + "estimated. It was left out.")
            channels.remove(at: index)
            for place in places.indices {
                places[place].media.remove(at: index)
                places[place].money.remove(at: index)
            }
        }
        guard !channels.isEmpty else {
            throw .unsuitable("Every channel is 0 in every row; there is nothing to estimate.")
        }
        for index in controls.indices.reversed()
        where places.allSatisfy({ Set($0.controls[index]).count < 2 }) {
            notes.append("The control \(controls[index]) never changes; it was left out.")
            controls.remove(at: index)
            for place in places.indices { places[place].controls.remove(at: index) }
        }
        let empty = places.filter { $0.hidden.count > $0.target.count - 4 }
        guard empty.count < places.count else {
            throw .unsuitable("The target \(model.target) has too few values to learn from.")
        }
        for place in empty {
            notes.append("The place \(place.name) has fewer than 4 rows and was left out.")
        }
        places.removeAll { $0.hidden.count > $0.target.count - 4 }
        for place in places {
            let seen = place.target.indices.filter { !place.hidden.contains($0) }
            guard Set(seen.map { place.target[$0] }).count > 1 else {
                throw .unsuitable(
                    "The target \(model.target) is the same in every row"
                        + (place.name.isEmpty ? "" : " of \(place.name)")
                        + "; a model learns from what changes.")
            }
        }
    }

    private static func whole(
        _ table: DataTable, _ column: Int
    ) throws(AnalysisError) -> [Double] {
        let values = try table.numbersWithGaps(column)
        var result: [Double] = []
        for (row, value) in values.enumerated() {
            guard let value else {
                throw .badCell(
                    row: table.fileRow(row), column: table.headings[column], text: "",
                    remedy: "is missing. Fill it in (0 where nothing was spent), or leave the "
                        + "column out of the model.")
            }
            result.append(value)
        }
        return result
    }

    private static func spend(
        _ table: DataTable, _ column: Int
    ) throws(AnalysisError) -> [Double] {
        let values = try whole(table, column)
        if let row = values.firstIndex(where: { $0 < 0 }) {
            throw .badCell(
                row: table.fileRow(row), column: table.headings[column],
                text: Shown.number(values[row]),
                remedy: "is below 0; spend cannot be. Book refunds in the period they belong to.")
        }
        return values
    }
}
