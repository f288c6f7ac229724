/// The words of the invented roastery, written for this demo.
enum DemoTexts {
    /// A text with the page of the shop it leads to.
    struct Piece: Sendable {
        let title: String
        let body: String
        let page: String

        init(_ title: String, _ body: String, _ page: String) {
            self.title = title
            self.body = body
            self.page = page
        }
    }

    /// “Brew better at home”: one small thing to do better, every week.
    static let guides: [Piece] = [
        Piece(
            "Water first",
            "If your coffee tastes flat, look at the kettle before you look at the beans. Hard water mutes everything bright. A filter jug is the cheapest upgrade in your kitchen.",
            "/guides/water"),
        Piece(
            "Sixty grams a litre",
            "Our one number for filter: 60 g of coffee for a litre of water. Start there. Too strong? Use less coffee, not more water through the same bed.",
            "/guides/ratio"),
        Piece(
            "Grind a notch finer",
            "Sour cup? Grind one notch finer and change nothing else. One change at a time is how you learn your grinder.",
            "/guides/grind"),
        Piece(
            "The bloom",
            "Pour twice the coffee's weight in water and wait 40 seconds. The bubbles are gas making room for flavour.",
            "/guides/bloom"),
        Piece(
            "Rinse the paper",
            "Paper filters taste of paper. Ten seconds of hot water through the empty filter and they do not.",
            "/guides/filter"),
        Piece(
            "Moka without the bitterness",
            "Start the moka pot with hot water, take it off at the first gurgle, and run the base under the tap. Three habits, a different pot.",
            "/guides/moka"),
        Piece(
            "How long beans last",
            "Four weeks from roasting is the sweet spot for filter, six for espresso. After that it is still coffee, just a quieter one.",
            "/guides/freshness"),
        Piece(
            "Freezing is fine",
            "You may freeze coffee. Whole beans, airtight, in portions you will open once. Nobody in the roastery could tell the cups apart.",
            "/guides/freezer"),
        Piece(
            "French press, no mud",
            "After four minutes break the crust, skim the foam, wait four more. Then press just below the surface and pour slowly.",
            "/guides/press"),
        Piece(
            "Clean the grinder",
            "Old oil goes rancid. Five minutes with a brush once a month and next week's bag tastes like the label says.",
            "/guides/cleaning"),
        Piece(
            "Espresso: weigh it",
            "18 grams in, 36 out, 28 seconds. When two of the three are right, change the third.",
            "/guides/espresso"),
        Piece(
            "Iced, properly",
            "Brew double strength straight onto ice. Half the water is in the glass already, so use half in the kettle.",
            "/guides/iced"),
        Piece(
            "Cold brew in a jar",
            "100 g coarse coffee, a litre of cold water, fourteen hours in the fridge. Strain twice. Keeps five days, if you hide it.",
            "/guides/cold-brew"),
        Piece(
            "Milk at 60 degrees",
            "Past 65 °C milk stops being sweet. If the jug is too hot to hold for three seconds, you went too far.",
            "/guides/milk"),
        Piece(
            "A thermometer for four euros",
            "Light roasts like 96 °C, dark ones 90. Boiling water is not wrong, it is only impatient.",
            "/guides/temperature"),
        Piece(
            "Taste like a roaster",
            "Slurp. Loudly. Air carries the aroma to where you smell it. It is also the best part of our job.",
            "/guides/tasting"),
        Piece(
            "Reading a coffee label",
            "Altitude, process, harvest. Three words that tell you more than ten flavour notes. We wrote down what each one does.",
            "/guides/labels"),
        Piece(
            "Washed or natural?",
            "Washed tastes of the variety, natural of the fruit. Not sure which you like? Brew both side by side on Sunday.",
            "/guides/process"),
        Piece(
            "AeroPress on a train",
            "Two minutes, no scale: one heaped scoop, water to the top, stir ten times, press. It has saved many Monday commutes.",
            "/guides/aeropress"),
        Piece(
            "One good cup",
            "Brewing for one is harder than for four: small beds cool fast. Warm the dripper and pour in three short steps.",
            "/guides/single-cup"),
        Piece(
            "Your tap, your recipe",
            "Ghent water is hard, Ardennes water is soft, and the same beans taste different in both. Here is how we adjust.",
            "/guides/local-water"),
        Piece(
            "Decaf, without apology",
            "Ours is washed with sugar cane, roasted the same week as everything else. Half our team drinks it after lunch.",
            "/guides/decaf"),
        Piece(
            "Storing an open bag",
            "Roll it, clip it, cupboard. Not the fridge, where coffee learns what cheese smells like.",
            "/guides/storage"),
        Piece(
            "Buying a grinder",
            "Spend more on the grinder than on the machine. We list three we would give to a friend, at three prices. Nobody paid us.",
            "/guides/grinders"),
        Piece(
            "The two-cup test",
            "Brew today's coffee at two grinds and drink them blind. Ten minutes, and you know which way to turn the dial for good.",
            "/guides/two-cups"),
        Piece(
            "Slow mornings",
            "V60, three pours, three minutes. Put the phone in another room and watch the water go down. That is the guide.",
            "/guides/v60"),
    ]

    /// “From farm to cup”: who grew it.
    static let origins: [Piece] = [
        Piece(
            "Finca La Loma",
            "Doña Marta picks her own nursery seedlings, one by one. Her washed caturra tastes of red apple and is back for the eighth year.",
            "/coffee/la-loma"),
        Piece(
            "Gashonga station",
            "Six hundred families bring cherries on foot and by bicycle. We pay the second payment in June, and we publish the receipt.",
            "/coffee/gashonga"),
        Piece(
            "Sítio Boa Vista",
            "Pulped natural, chocolate and hazelnut, the backbone of our house espresso. João sent us the weather with the samples: too much rain, good coffee.",
            "/coffee/boa-vista"),
        Piece(
            "Chelbesa",
            "Floral, almost tea. The first kettle of the new harvest went round the roastery in silence, which never happens.",
            "/coffee/chelbesa"),
        Piece(
            "Kirinyaga AB",
            "Blackcurrant and tomato leaf. Not for everyone, and that is the nicest thing about it.",
            "/coffee/kirinyaga"),
        Piece(
            "El Mirador",
            "A cooperative of 41 women in Huila who roast their own samples now, so they know what they are selling before we do.",
            "/coffee/el-mirador"),
        Piece(
            "Bonitos decaf",
            "Sugar-cane process, two hours from the farm. Caramel first, no paper taste after.",
            "/coffee/decaf"),
        Piece(
            "Kerinci highland",
            "Wet-hulled but clean: cedar, honey, a bit of pipe smoke. Our odd one out since spring.",
            "/coffee/kerinci"),
        Piece(
            "What a bag costs us",
            "Green coffee €5.90, roasting €1.40, bag and label €0.70, shipping €2.10, the rest keeps the lights on. We put the sum on the shelf label.",
            "/about/prices"),
        Piece(
            "Roast log, Tuesday",
            "Tomás dropped the Gashonga eleven seconds early and it is better for it. We changed the profile and wrote it on the bag.",
            "/coffee/gashonga"),
        Piece(
            "Sample table",
            "Nine samples, four spoons, one clear favourite by cup three. It arrives in six weeks; we will tell you the day.",
            "/coffee/new"),
        Piece(
            "New crop is here",
            "Forty bags came up the ramp this morning. First roast on Thursday, first parcels on Friday.",
            "/coffee/new"),
    ]

    /// Tuesdays at the academy.
    static let courses: [Piece] = [
        Piece(
            "Espresso basics, Saturday",
            "Three hours, four people, two machines. You will pull twenty shots and drink fewer than you fear. Two seats are left.",
            "/academy/espresso"),
        Piece(
            "Latte art for clumsy hands",
            "Everybody pours a heart by the end. It may look like an apple. Ines calls those “free style”.",
            "/academy/latte-art"),
        Piece(
            "Filter evening",
            "One coffee, five brewers, one long table. Bring a friend who thinks they do not like black coffee.",
            "/academy/filter"),
        Piece(
            "Sensory course",
            "We spike water with sour, sweet, salty and bitter until you can name each in your sleep. Oddly moving.",
            "/academy/sensory"),
        Piece(
            "Team morning",
            "Your office, our grinder, ninety minutes. Last week a team of accountants argued about extraction until lunch.",
            "/academy/teams"),
        Piece(
            "Ask Tomás",
            "“Why does my shot start fast and then choke?” Too fine, too little coffee, or both. Bring the question on Saturday, the machine is warm.",
            "/academy/espresso"),
        Piece(
            "Barista foundation",
            "Two days for people who start in a café on Monday. Milk, grinder, workflow, cleaning, and how to say no to a 90-degree latte.",
            "/academy/foundation"),
        Piece(
            "Gift a course",
            "Socks are fine too, but nobody remembers socks. A voucher comes as a card we write by hand.",
            "/academy/voucher"),
        Piece(
            "What you take home",
            "The recipe sheet from every course is free for everybody, also if you never come. Print it, stain it, write on it.",
            "/academy/sheets"),
        Piece(
            "Roasting, once around",
            "Stand beside the drum for one batch, smell first crack from half a metre, take 250 g home. Six seats a month.",
            "/academy/roasting"),
        Piece(
            "A mistake we like",
            "Somebody forgot the water in the moka pot. We show that pot in every class now: it is how you learn what the valve is for.",
            "/academy/moka"),
        Piece(
            "Home barista clinic",
            "Bring your machine, yes, the whole machine. We tune it together and you leave with your own settings on a card.",
            "/academy/clinic"),
    ]

    /// Saturdays, a picture and a line; published by hand.
    static let pictures: [Piece] = [
        Piece(
            "Steam and window light", "Seven in the morning, before the first bell at the door.",
            "/visit"),
        Piece(
            "Hands and cherries",
            "Marta's hands, last week, with the last cherries of the harvest.", "/coffee/la-loma"),
        Piece(
            "The blue cups",
            "You asked where the blue cups are from: Lieve makes them, two streets away, forty at a time.",
            "/shop/cups"),
        Piece(
            "Roaster at dusk", "The drum is older than both of us and better tempered.", "/about"),
        Piece(
            "Dog of the week",
            "Pixel, regular since March, prefers the washed coffees and the sunny step.", "/visit"),
        Piece("Crema, close", "Fourteen seconds in. Nobody speak.", "/coffee/house-espresso"),
        Piece("Rainy Saturday", "The kind of rain that sells filter coffee.", "/guides/v60"),
        Piece("Parcels", "Ninety-one parcels on one trolley. Yes, we count.", "/shop"),
        Piece(
            "New label, wet paint", "Proof number four of the new label. We keep the bird.",
            "/about"),
        Piece("Cupping spoons", "Spoons, warm water, silence.", "/academy/sensory"),
        Piece(
            "Market stall", "Friday market, second row, next to the cheese. Come early.", "/visit"),
        Piece("The pour", "Third pour of three. This is the nice part.", "/guides/v60"),
    ]

    static let gift: [Piece] = [
        Piece(
            "The winter box is here",
            "Three coffees, one blue cup, a card we write by hand. Two hundred boxes, then it is spring.",
            "/shop/winter-box"),
        Piece(
            "What is inside",
            "A bright one for mornings, a round one for afternoons, a decaf for the long evenings.",
            "/shop/winter-box"),
        Piece(
            "Sent to a friend",
            "You give us a name and a sentence, we give it a ribbon. Order by Thursday and it is there by Christmas.",
            "/shop/winter-box"),
        Piece(
            "Half are gone",
            "One hundred and four boxes left the house this week. Our wrist for writing cards needs a holiday.",
            "/shop/winter-box"),
        Piece(
            "For the one who has everything",
            "They do not have this cup. Lieve made two hundred and then she stopped.",
            "/shop/winter-box"),
        Piece(
            "Last post day", "Tomorrow at noon the last van leaves that makes it in time.",
            "/shop/winter-box"),
    ]

    static let spring: [Piece] = [
        Piece(
            "A subscription that listens",
            "Skip a month, swap a coffee, stop whenever. We built the one we wanted to have.",
            "/subscribe"),
        Piece(
            "First bag on us",
            "Start in April and the first bag costs nothing but your honest opinion.", "/subscribe"),
        Piece(
            "How it works",
            "Tell us how you brew. We roast on Tuesday, it is through your letterbox on Thursday. It fits, we measured.",
            "/subscribe"),
        Piece(
            "Two hundred subscribers",
            "Number 200 is a fire station in Kortrijk. They drink the dark one. Of course they do.",
            "/subscribe"),
        Piece(
            "Pause without guilt",
            "Going away? One tap and the coffee stays here. No form, no “are you sure” three times.",
            "/subscribe"),
    ]

    static let giveaway: [Piece] = [
        Piece(
            "Win a year of coffee",
            "Post your latte art, tag three friends, use the hashtag. On the 22nd we draw one winner.",
            "/win"),
        Piece(
            "Look at these",
            "Three hundred entries since Monday! There are swans, hearts and something that may be a tractor.",
            "/win"),
        Piece("Still time", "Five days to go. Tag, pour, hope.", "/win"),
        Piece("Last chance", "Entries close at midnight. Ours is a leaf, or a fish.", "/win"),
    ]

    static let crisis: [Piece] = [
        Piece(
            "We sent some of you old coffee",
            "Batch 0914 was packed from last winter's stock. That was our mistake. If your bag says 0914, keep it and tell us: a fresh one leaves tomorrow, or your money back, your choice.",
            "/batch-0914"),
        Piece(
            "What happened",
            "Two crates with the same label stood side by side, and nobody checked the date. 186 parcels. We have written to everyone we could find.",
            "/batch-0914"),
        Piece(
            "Where we are",
            "161 answers, 118 fresh bags out, 31 refunds done. If we missed you, reply here; a person answers.",
            "/batch-0914"),
        Piece(
            "What changes",
            "Every crate now carries its roast week in letters as tall as a hand, and the scale refuses a label that does not match. Thank you for being patient with us.",
            "/batch-0914"),
    ]

    /// Openings that keep a repeated piece from reading the same.
    static let openings = [
        "", "", "", "From the roastery table: ", "A question we get every week. ", "Monday note. ",
        "Short one today. ", "Small thing, big difference: ", "Ines wrote this one down. ",
        "Tested again yesterday. ",
    ]
}
