import Analysis
import Foundation
import Statistics
import Testing

/// Journeys are read as people and programs write them.
struct JourneyReadingTests {
    func source(
        _ text: String, _ change: (inout JourneyReading) -> Void = { _ in }
    ) throws -> JourneySource {
        var reading = JourneyReading()
        change(&reading)
        return try reading.read(DataTable(Data(text.utf8), name: "a.csv"))
    }

    func paths(_ journeys: Journeys) -> [String] {
        (0..<journeys.count).map { row in
            journeys.touches[journeys.range(row)].map { journeys.channels[Int($0)] }
                .joined(separator: " ")
        }
    }

    @Test(arguments: [
        "path,total_conversions,total_conversion_value,total_null\n"
            + "a > b,1,2.5,3\n\"c,d>a\",0,0,1\n",
        "\u{FEFF}Path;Conversions;Revenue;Nulls\r\na>b;1;2.5;3\r\n"
            + "\"c,d > a\";;;1\r\n",
        "value,path,null,conversion\n2.5,a -> b,3,true\n0,\"c,d -> a\",1,no\n",
    ])
    func `files of paths are read whichever way they are written`(text: String) throws {
        let journeys = try source(text).journeys
        #expect(journeys.channels == ["a", "b", "c,d"])
        #expect(paths(journeys) == ["a b", "c,d a"])
        #expect(journeys.conversions == [1, 0])
        #expect(journeys.values == [2.5, 0])
        #expect(journeys.nulls == [3, 1])
    }

    @Test func `conversions without a touch are counted apart`() throws {
        let source = try source("path,conversions,value\n,2,9\na,1,1\n > ,1,1\n")
        #expect(source.journeys.count == 1)
        #expect(source.unattributedConversions == 3)
        #expect(source.unattributedValue == 10)
        #expect(!source.hasNulls)
    }

    @Test func `direct touches are left out unless there are no others`() throws {
        let source = try source("path,conversions\ndirect > a > Direct,1\ndirect,1\n") {
            $0.leavesOutDirect = true
        }
        #expect(paths(source.journeys) == ["a", "direct"])
    }

    @Test func `touches become journeys that end at conversions`() throws {
        let text = """
            time,user_id,channel,conversion,value
            2024-03-10T12:00:00Z,u1,search,0,
            2024-03-01 12:00,u1,social,0,
            2024-03-10T14:10:00+02:00,u1,search,0,
            2024-03-11,u1,email,1,50
            2024-03-12,u1,email,0,0
            1710000000,u2,social,0,
            2024-03-09T16:00:01Z,u2,social,0,
            2024-04-20,u2,,1,20
            2024-01-01,u3,email,0,
            2024-02-15,u3,search,1,5
            """
        let journeys = try source(text)
        // u1's two searches are ten minutes apart; u3's e-mail is 45 days old.
        #expect(
            paths(journeys.journeys) == [
                "social search email", "email", "social", "email", "search",
            ])
        #expect(journeys.journeys.conversions == [1, 0, 0, 0, 1])
        #expect(journeys.journeys.nulls == [0, 1, 1, 1, 0])
        #expect(journeys.journeys.ages?.prefix(3).map { $0 } == [9.5, 0.5, 0])
        #expect(journeys.unattributedConversions == 1)
        #expect(journeys.unattributedValue == 20)
    }

    @Test func `hours before the conversion make times`() throws {
        let text = """
            journey,channel,hours_before_conversion,revenue
            1,facebook,336,120
            1,direct,0,120
            1,email,168,120
            """
        let touches = try source(text).journeys
        #expect(paths(touches) == ["facebook email direct"])
        #expect(touches.ages == [14, 7, 0])
        #expect(touches.values == [120])
        let path = try source(
            "path,conversions,value,hours_before_conversion\nfacebook > email > direct,1,120,"
                + "336 > 168 > 0\n")
        #expect(path.journeys.ages == [14, 7, 0])
        #expect(throws: AnalysisError.self) {
            try source("path,conversions,hours_before_conversion\na > b,1,336\n")
        }
    }

    @Test func `what cannot be read is named`() {
        #expect(
            throws: AnalysisError.badCell(
                row: 3, column: "conversions", text: "-1", remedy: "is below 0; a count cannot be.")
        ) { try source("path,conversions\na,1\nb,-1\n") }
        #expect(throws: AnalysisError.self) { try source("way,conversions\na,1\n") }
        #expect(throws: AnalysisError.self) { try source("path,count\na,1\n") }
        #expect(throws: AnalysisError.self) { try source("path,conversions\n,1\n") }
        #expect(throws: AnalysisError.self) { try source("id,time,channel\n1,2024-01-01,a\n") }
        #expect(throws: AnalysisError.self) {
            try source("id,time,channel,conversion\n1,yesterday,a,1\n")
        }
    }

    @Test func `moments are read with and without offsets`() {
        #expect(Moment.read("1970-01-02") == 86_400)
        #expect(Moment.read("1970-01-01T01:00:00+01:00") == 0)
        #expect(Moment.read("1970-01-01 00:00:01.5Z") == 1.5)
        #expect(Moment.read("1970-01-01T00:00:00-0130") == 5400)
        #expect(Moment.read("19700102") == 86_400)
        #expect(Moment.read("1710000000000") == 1_710_000_000)
        for text in ["", "noon", "1970-13-01", "1970-01-01T25:00", "1970-01-01T10:00+1"] {
            #expect(Moment.read(text) == nil)
        }
    }

    @Test func `touches exactly a session apart are one, whatever the minute`() throws {
        let minutes = (0..<600).map { minute in
            func at(_ more: Int) -> String {
                let all = minute * 7 + more
                let (day, hour) = (1 + all / 1440, all / 60 % 24)
                return "2024-01-0\(day)T" + (hour < 10 ? "0" : "") + "\(hour):"
                    + (all % 60 < 10 ? "0" : "") + "\(all % 60):00Z"
            }
            return "\(minute),\(at(0)),a,0\n\(minute),\(at(30)),a,0\n\(minute),\(at(31)),b,1\n"
        }
        let source = try source("id,time,channel,conversion\n" + minutes.joined())
        #expect(Set(paths(source.journeys)) == ["a b"])
    }

    @Test func `a session counts as long as a part of it lies within the lookback`() throws {
        let text = """
            id,time,channel,conversion
            1,2024-01-01T10:00:00Z,a,0
            1,2024-01-01T10:25:00Z,a,0
            1,2024-01-31T10:10:00Z,,1

            """
        let source = try source(text)
        #expect(source.unattributedConversions == 0)
        #expect(paths(source.journeys) == ["a"])
        #expect(source.journeys.ages == [30])
    }

    @Test func `rows of nobody belong to no journey, and are told of`() throws {
        let text =
            "id,time,channel,conversion\n1,2024-03-01,a,0\n,2024-03-01,b,1\n"
            + ",2024-03-02,b,1\n1,2024-03-02,c,1\n"
        let source = try source(text)
        #expect(paths(source.journeys) == ["a c"])
        #expect(source.journeys.totalConversions == 1)
        #expect(source.notes.contains { $0.hasPrefix("2 rows have nothing in column id") })
    }

    @Test func `paths with another separator are told of`() throws {
        let note = "“->”, but touches were separated by “>”"
        let mixed = try source("path,conversions\na > b,1\na -> b,1\na > c,1\n")
        #expect(mixed.notes.contains { $0.hasPrefix("Row 3 holds " + note) })
        let bars = try source("path,conversions\na | b,1\nc | b,1\n")
        #expect(bars.notes.contains { $0.hasPrefix("2 rows hold “|”") && $0.contains("row 2") })
        #expect(try source("path,conversions\na -> b,1\nc,1\n").notes.isEmpty)
        let said = try source("path,conversions\na | b,1\nc > d,1\n") { $0.separator = "|" }
        #expect(said.notes.isEmpty && said.journeys.channels == ["a", "b", "c > d"])
    }

    @Test func `values without a conversion are told of`() throws {
        let source = try source("path,conversions,value\na,1,5\nb,0,7\nc,0,0\nd,,-1\n")
        #expect(
            source.notes.contains { $0.hasPrefix("2 rows have a value but no conversion (6.00") })
        #expect(source.journeys.totalValue == 11)
    }

    @Test func `options of the other kind of file are refused`() throws {
        #expect(throws: AnalysisError.self) {
            try source("path,conversions\na,1\n") { $0.touchOptions = ["--lookback"] }
        }
        #expect(throws: AnalysisError.self) {
            try source("id,time,channel,conversion\n1,2024-03-01,a,1\n") {
                $0.pathOptions = ["--separator"]
            }
        }
    }
}
