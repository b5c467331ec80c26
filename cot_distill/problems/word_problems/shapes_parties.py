"""Stories about parties, weddings and good causes."""

from cot_distill.problems.word_problems.shape import Do, Extra, Given, Shape

SHAPES = (
    Shape(
        "party tables",
        things={"treat": "cupcake donut brownie"},
        story="{A} plans a party with {t} tables. {boys} boys and {girls} girls sit at each table. {A} bakes "
        "{each} {treat} for "
        "every child, and {more} more in case somebody is very hungry. | After the party, {left} {treat} are left "
        "over.",
        question="How many {treat} were eaten?",
        goal="how many {treat} were eaten",
        given=(
            Given("boys", range(2, 6), "boys at each table", "{boys} boys sit at each table"),
            Given("girls", range(2, 6), "girls at each table", "{girls} girls sit at each table"),
            Given("t", range(3, 9), "tables", "there are {t} tables"),
            Given("each", range(2, 5), "{treat} for every child", "there are {each} {treat} for every child"),
            Given("more", range(5, 21), "spare {treat}", "{A} bakes {more} more {treat}"),
            Given("left", range(3, 21), "{treat} left over", "{left} {treat} are left over"),
        ),
        steps=(
            Do(
                "table = boys + girls",
                "children at each table",
                "# children sit at each table",
                "boys and girls sit together",
                "How many children sit at each table?",
            ),
            Do(
                "kids = table * t",
                "children",
                "# children come to the party",
                "every table has the same number of children",
                "How many children come to the party?",
            ),
            Do(
                "planned = kids * each",
                "{treat} for the children",
                "{A} bakes # {treat} for the children",
                "there is the same number for every child",
                "How many {treat} does {A} bake for the children?",
            ),
            Do(
                "all = planned + more",
                "{treat} altogether",
                "{A} bakes # {treat} altogether",
                "{A} bakes some more",
                "How many {treat} does {A} bake altogether?",
            ),
            Do("eaten = all - left", "{treat} eaten", "# {treat} were eaten", "the ones left over were not eaten"),
        ),
        extras=(
            Extra(range(11, 31), "{A} hangs up {number} balloons"),
            Extra(range(22, 46), "the party costs {number} dollars"),
        ),
    ),
    Shape(
        "invitations and stamps",
        things={"card": "invitation letter postcard"},
        story="{A} and {B} are getting married and send out {card}. {A} invites {x} relatives and {B} invites {y} "
        "relatives. They also invite "
        "{z} friends. | Each guest gets a separate {card:1}, and the couple can write {day} of them a day.",
        question="How many days does the couple need to write all of the {card}?",
        goal="how many days the couple needs to write all of the {card}",
        given=(
            Given("x", range(8, 41), "{A}'s relatives", "{A} invites {x} relatives"),
            Given("y", range(8, 41), "{B}'s relatives", "{B} invites {y} relatives"),
            Given("z", range(10, 61), "friends", "{A} and {B} invite {z} friends"),
            Given("day", range(4, 16), "{card} a day", "the couple can write {day} {card} a day"),
        ),
        steps=(
            Do(
                "kin = x + y",
                "relatives",
                "{A} and {B} invite # relatives altogether",
                "both families are invited",
                "How many relatives do {A} and {B} invite altogether?",
            ),
            Do(
                "all = kin + z",
                "guests",
                "{A} and {B} invite # guests",
                "the friends are guests as well",
                "How many guests do {A} and {B} invite?",
            ),
            Do("days = all / day", "days", "the couple needs # days", "the couple writes the same number every day"),
        ),
        extras=(
            Extra(range(62, 91), "the wedding hall has room for {number} cars"),
            Extra(range(3, 8), "the party will last {number} hours"),
        ),
    ),
    Shape(
        "charity walk",
        things={"cause": "hospital shelter library/libraries"},
        story="For every mile that {A} walks, {n} sponsors give {each} dollars each to a {cause:1}. {A} walks {am} "
        "miles in the morning and "
        "{pm} miles in the afternoon. |",
        question="How many dollars does the {cause:1} get from this walk?",
        goal="how many dollars the {cause:1} gets",
        given=(
            Given("am", range(2, 9), "morning miles", "{A} walks {am} miles in the morning"),
            Given("pm", range(2, 8), "afternoon miles", "{A} walks {pm} miles in the afternoon"),
            Given("n", range(2, 8), "sponsors", "there are {n} sponsors"),
            Given(
                "each",
                range(2, 7),
                "dollars from each sponsor",
                "each sponsor gives {each} dollars for every mile",
            ),
        ),
        steps=(
            Do(
                "miles = am + pm",
                "miles walked",
                "{A} walks # miles",
                "both walks count",
                "How many miles does {A} walk?",
            ),
            Do(
                "rate = n * each",
                "dollars from all the sponsors for a mile",
                "the sponsors give # dollars for every mile",
                "every sponsor gives the same amount",
                "How many dollars do the sponsors give for every mile?",
            ),
            Do(
                "money = miles * rate",
                "dollars altogether",
                "the {cause:1} gets # dollars",
                "every mile brings the same amount",
            ),
        ),
        extras=(
            Extra(range(10, 31), "the {cause:1} has {number} windows"),
            Extra(range(20, 51), "{A} is {number} years old"),
        ),
    ),
)
