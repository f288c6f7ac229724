import CLI

@main
struct Throughline {
    static func main() async {
        await CommandLineInterface.run()
    }
}
