"""Stories about trips, traffic and sights."""

from cot_distill.problems.word_problems.shape import Do, Extra, Given, Shape

SHAPES = (
    Shape(
        "train stops",
        things={"ride": "train ferry/ferries tram"},
        story="A {ride:1} leaves with {start} passengers. At the first stop, {off} passengers get off and {on} get "
        "on. | At "
        "the second stop, {part:part} of the passengers get off and nobody gets on.",
        question="How many passengers are on the {ride:1} after the second stop?",
        goal="how many passengers are on the {ride:1} after the second stop",
        given=(
            Given("start", range(20, 91), "passengers at first", "the {ride:1} leaves with {start} passengers"),
            Given(
                "off",
                range(5, 19),
                "passengers who get off at the first stop",
                "{off} passengers get off at the first stop",
            ),
            Given(
                "on",
                range(4, 31),
                "passengers who get on at the first stop",
                "{on} passengers get on at the first stop",
            ),
            Given(
                "part",
                range(2, 5),
                "equal parts at the second stop",
                "{part:part} of the passengers get off at the second stop",
            ),
        ),
        steps=(
            Do(
                "x = start - off",
                "passengers who stay at the first stop",
                "# passengers stay on the {ride:1} at the first stop",
                "those who get off leave the {ride:1}",
                "How many passengers stay on the {ride:1} at the first stop?",
            ),
            Do(
                "y = x + on",
                "passengers after the first stop",
                "# passengers are on the {ride:1} after the first stop",
                "new passengers join them",
                "How many passengers are on the {ride:1} after the first stop?",
            ),
            Do(
                "gone = y / part",
                "passengers who get off at the second stop",
                "# passengers get off at the second stop",
                "{part:part} of them means one of {part} equal parts",
                "How many passengers get off at the second stop?",
            ),
            Do(
                "z = y - gone",
                "passengers after the second stop",
                "# passengers are on the {ride:1} after the second stop",
                "those who get off leave the {ride:1}",
            ),
        ),
        extras=(
            Extra(range(15, 61, 5), "the ride to the first stop takes {number} minutes"),
            Extra(range(3, 15), "a ticket costs {number} dollars"),
        ),
    ),
    Shape(
        "cars and buses",
        things={"event": "wedding concert fair"},
        story="Guests arrive at a {event:1} in {cars} cars and {buses} minibuses. Each car brings {c} people and "
        "each minibus "
        "brings {b} people. | By evening, {gone} of these guests have gone home.",
        question="How many of the guests are still at the {event:1}?",
        goal="how many guests are still at the {event:1}",
        given=(
            Given("cars", range(4, 21), "cars", "there are {cars} cars"),
            Given("c", range(2, 6), "people in each car", "each car brings {c} people"),
            Given("buses", range(2, 8), "minibuses", "there are {buses} minibuses"),
            Given("b", range(8, 17), "people in each minibus", "each minibus brings {b} people"),
            Given("gone", range(10, 51), "guests who have gone home", "{gone} guests have gone home"),
        ),
        steps=(
            Do(
                "x = cars * c",
                "people in the cars",
                "the cars bring # people",
                "every car brings the same number of people",
                "How many people do the cars bring?",
            ),
            Do(
                "y = buses * b",
                "people in the minibuses",
                "the minibuses bring # people",
                "every minibus brings the same number of people",
                "How many people do the minibuses bring?",
            ),
            Do(
                "all = x + y",
                "guests altogether",
                "# guests arrive altogether",
                "all of these people are guests",
                "How many guests arrive altogether?",
            ),
            Do(
                "left = all - gone",
                "guests still there",
                "# guests are still at the {event:1}",
                "those who have gone home are no longer there",
            ),
        ),
        extras=(
            Extra(range(20, 61), "the parking lot has {number} street lamps"),
            Extra(range(3, 9), "the {event:1} lasts {number} hours"),
        ),
    ),
    Shape(
        "fuel money",
        things={"car": "car van truck"},
        story="{A} drives {miles} miles in a {car:1} that goes {per} miles on each gallon of gas. Gas costs "
        "{price} dollars a "
        "gallon. | {A} has set aside {money} dollars for the gas.",
        question="How many of these dollars are left after paying for the gas?",
        goal="how many dollars are left after paying for the gas",
        given=(
            Given("miles", range(60, 241, 5), "miles driven", "{A} drives {miles} miles"),
            Given("per", range(12, 41), "miles on each gallon", "the {car:1} goes {per} miles on each gallon"),
            Given("price", range(2, 8), "price of a gallon", "each gallon costs {price} dollars"),
            Given("money", range(30, 101, 5), "money set aside", "{A} has set aside {money} dollars"),
        ),
        steps=(
            Do(
                "gallons = miles / per",
                "gallons used",
                "{A} needs # gallons",
                "every gallon lasts for the same distance",
                "How many gallons does {A} need?",
            ),
            Do(
                "cost = gallons * price",
                "cost of the gas",
                "the gas costs # dollars",
                "every gallon costs the same",
                "How many dollars does the gas cost?",
            ),
            Do("left = money - cost", "money left", "# dollars are left", "the gas is paid with the money set aside"),
        ),
        extras=(
            Extra(range(2, 10), "the trip takes {number} hours"),
            Extra(range(4, 16), "the {car:1} is {number} years old"),
        ),
    ),
    Shape(
        "long hike",
        story="{A} is walking a trail that is {trail} miles long. {A:He} walks for {h} days and covers {v} miles a "
        "day. Then "
        "the path gets steep, and {A:he} walks for {g} days and covers only {w} miles a day. |",
        question="How many miles of the trail are still ahead of {A}?",
        goal="how many miles are still ahead of {A}",
        given=(
            Given("trail", range(70, 201, 2), "trail length", "the trail is {trail} miles long"),
            Given("h", range(2, 8), "easy days", "{A} walks the easy part for {h} days"),
            Given("v", range(10, 19), "miles of an easy day", "{A} covers {v} miles a day on the easy part"),
            Given("g", range(2, 7), "steep days", "{A} walks the steep part for {g} days"),
            Given("w", range(3, 10), "miles of a steep day", "{A} covers {w} miles a day on the steep part"),
        ),
        steps=(
            Do(
                "x = h * v",
                "miles on the easy part",
                "{A} walks # miles on the easy part",
                "every day of the easy part is the same",
                "How many miles does {A} walk on the easy part?",
            ),
            Do(
                "y = g * w",
                "miles on the steep part",
                "{A} walks # miles on the steep part",
                "every day of the steep part is the same",
                "How many miles does {A} walk on the steep part?",
            ),
            Do(
                "done = x + y",
                "miles walked",
                "{A} has walked # miles",
                "both parts belong to the trail",
                "How many miles has {A} walked altogether?",
            ),
            Do(
                "left = trail - done",
                "miles still ahead",
                "# miles are still ahead of {A}",
                "the walked miles are done",
            ),
        ),
        extras=(
            Extra(range(12, 31), "{A}'s backpack weighs {number} pounds"),
            Extra(range(20, 51), "{A} is {number} years old"),
        ),
    ),
    Shape(
        "hotel stay",
        things={"house": "hotel motel hostel"},
        story="A room in a {house:1} costs {room} dollars a night, and breakfast costs {food} dollars a day. {A} "
        "stays for {nights} "
        "nights and has breakfast after each of them. |",
        question="How many dollars does {A} pay for the whole stay?",
        goal="how many dollars {A} pays for the whole stay",
        given=(
            Given("room", range(20, 61), "price of the room a night", "the room costs {room} dollars a night"),
            Given("food", range(4, 13), "price of a breakfast", "each breakfast costs {food} dollars"),
            Given("nights", range(2, 6), "nights", "{A} stays for {nights} nights"),
        ),
        steps=(
            Do(
                "daily = room + food",
                "cost of a night with breakfast",
                "a night with breakfast costs # dollars",
                "a breakfast belongs to every night",
                "How many dollars does a night with breakfast cost?",
            ),
            Do(
                "stay = daily * nights",
                "cost of the whole stay",
                "{A} pays # dollars for the whole stay",
                "every night with breakfast costs the same",
            ),
        ),
        extras=(
            Extra(range(7, 13), "breakfast starts at {number} o'clock"),
            Extra(range(15, 61), "the {house:1} has {number} rooms"),
        ),
    ),
    Shape(
        "museum groups",
        things={"place": "museum aquarium planetarium"},
        story="On Saturday morning, {am} people visit the {place:1}, and in the afternoon {k:times} as many people "
        "come. Guides lead all "
        "of these visitors in groups of {group}. | Each group gets {maps} maps.",
        question="How many maps do the groups get altogether?",
        goal="how many maps the groups get altogether",
        given=(
            Given("am", range(12, 61), "morning visitors", "{am} people come in the morning"),
            Given("k", range(2, 4), "factor for the afternoon", "{k:times} as many people come in the afternoon"),
            Given("group", range(4, 16), "people in each group", "each group has {group} people"),
            Given("maps", range(2, 6), "maps for each group", "each group gets {maps} maps"),
        ),
        steps=(
            Do(
                "pm = am * k",
                "afternoon visitors",
                "# people come in the afternoon",
                "the afternoon is a multiple of the morning",
                "How many people come in the afternoon?",
            ),
            Do(
                "all = am + pm",
                "visitors altogether",
                "# people come altogether",
                "morning and afternoon are both counted",
                "How many people come altogether?",
            ),
            Do(
                "groups = all / group",
                "groups",
                "there are # groups",
                "every group has the same size",
                "How many groups are there?",
            ),
            Do(
                "sheets = groups * maps",
                "maps altogether",
                "the groups get # maps altogether",
                "every group gets the same number of maps",
            ),
        ),
        extras=(
            Extra(range(20, 91, 10), "a tour lasts {number} minutes"),
            Extra(range(5, 16), "a ticket costs {number} dollars"),
        ),
    ),
)
