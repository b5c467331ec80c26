"""Stories about sports and games."""

from cot_distill.problems.word_problems.shape import Do, Extra, Given, Shape

SHAPES = (
    Shape(
        "basketball points",
        story="In a basketball game, {A} makes {twos} shots worth {two} points each, {threes} shots worth {three} "
        "points each "
        "and {free} free throws worth a single point each. | {B}, who plays on the same team, scores {b} points "
        "fewer than "
        "{A}.",
        question="How many points does {B} score?",
        goal="how many points {B} scores",
        given=(
            Given("twos", range(3, 13), "two-point shots", "{A} makes {twos} two-point shots"),
            Given("two", range(2, 3), "points for a two-point shot", "each two-point shot is worth {two} points"),
            Given("threes", range(2, 9), "three-point shots", "{A} makes {threes} three-point shots"),
            Given(
                "three", range(3, 4), "points for a three-point shot", "each three-point shot is worth {three} points"
            ),
            Given("free", range(2, 10), "free throws", "{A} gets a point for each of {free} free throws"),
            Given("b", range(3, 21), "difference between {A} and {B}", "{B} scores {b} points fewer than {A}"),
        ),
        steps=(
            Do(
                "x = twos * two",
                "points from two-point shots",
                "{A} scores # points with two-point shots",
                "all these shots are worth the same",
                "How many points does {A} score with two-point shots?",
            ),
            Do(
                "y = threes * three",
                "points from three-point shots",
                "{A} scores # points with three-point shots",
                "all these shots are worth the same",
                "How many points does {A} score with three-point shots?",
            ),
            Do(
                "shots = x + y",
                "points from all the shots",
                "{A} scores # points with both kinds of shots",
                "both kinds of shots count",
                "How many points does {A} score with both kinds of shots?",
            ),
            Do(
                "all = shots + free",
                "points of {A}",
                "{A} scores # points altogether",
                "each free throw adds a single point",
                "How many points does {A} score altogether?",
            ),
            Do("other = all - b", "points of {B}", "{B} scores # points", "{B} scores fewer points than {A}"),
        ),
        extras=(
            Extra(range(40, 61), "the game lasts {number} minutes"),
            Extra(range(50, 91), "{number} people watch the game"),
        ),
    ),
    Shape(
        "running goal",
        story="{A} wants to run {goal} miles this season. In the first {weeks} weeks, {A:he} runs {runs} times a "
        "week and covers "
        "{miles} miles on each run. | The season has {days} more days, and {A:he} wants to run the same distance on "
        "each of them.",
        question="How many miles must {A} run on each of the remaining days?",
        goal="how many miles {A} must run on each of the remaining days",
        given=(
            Given("goal", range(50, 131), "miles planned", "{A} wants to run {goal} miles"),
            Given("weeks", range(2, 4), "first weeks", "{weeks} weeks have passed"),
            Given("runs", range(2, 7), "runs a week", "{A} runs {runs} times a week"),
            Given("miles", range(2, 9), "miles on each run", "each run is {miles} miles long"),
            Given("days", range(4, 15), "remaining days", "there are {days} days left"),
        ),
        steps=(
            Do(
                "done_runs = weeks * runs",
                "runs so far",
                "{A} has finished # runs",
                "every week has the same number of runs",
                "How many runs has {A} finished?",
            ),
            Do(
                "done = done_runs * miles",
                "miles so far",
                "{A} has run # miles so far",
                "every run has the same length",
                "How many miles has {A} run so far?",
            ),
            Do(
                "left = goal - done",
                "miles left",
                "{A} has # miles left to run",
                "the miles already run are done",
                "How many miles does {A} have left to run?",
            ),
            Do(
                "daily = left / days",
                "miles for each remaining day",
                "{A} must run # miles on each of the remaining days",
                "the miles left are spread evenly over the days",
            ),
        ),
        extras=(
            Extra(range(60, 121, 5), "{A}'s running shoes cost {number} dollars"),
            Extra(range(18, 41), "{A} is {number} years old"),
        ),
    ),
    Shape(
        "league uniforms",
        things={"sport": "soccer hockey volleyball"},
        story="A {sport:1} league has {teams} teams. Each team has {players} players and {coaches} coaches. | "
        "Every player "
        "and every coach gets a jersey, but {have} of them still have one from last year and do not need a new one.",
        question="How many new jerseys does the league need?",
        goal="how many new jerseys the league needs",
        given=(
            Given("players", range(5, 19), "players on each team", "each team has {players} players"),
            Given("coaches", range(2, 5), "coaches on each team", "each team has {coaches} coaches"),
            Given("teams", range(3, 12), "teams", "there are {teams} teams"),
            Given("have", range(6, 41), "old jerseys", "{have} people still have a jersey"),
        ),
        steps=(
            Do(
                "team = players + coaches",
                "people on each team",
                "each team has # people",
                "both the players and the coaches get jerseys",
                "How many people are on each team?",
            ),
            Do(
                "people = team * teams",
                "people in the league",
                "the league has # people",
                "every team has the same size",
                "How many people are in the league?",
            ),
            Do(
                "new = people - have",
                "new jerseys",
                "the league needs # new jerseys",
                "people with an old jersey do not need a new one",
            ),
        ),
        extras=(
            Extra(range(10, 31), "a jersey costs {number} dollars"),
            Extra(range(60, 91, 10), "each game lasts {number} minutes"),
        ),
    ),
    Shape(
        "swimming laps",
        story="On Monday, {A} swims {mon} laps. On Tuesday, {A:he} swims {more} laps more than on Monday, and on "
        "Wednesday "
        "{A:he} swims {k:times} as many laps as on Tuesday. |",
        question="How many laps does {A} swim on the three days altogether?",
        goal="how many laps {A} swims on the three days altogether",
        given=(
            Given("mon", range(5, 31), "laps on Monday", "{A} swims {mon} laps on Monday"),
            Given(
                "more", range(2, 16), "extra laps on Tuesday", "{A} swims {more} laps more on Tuesday than on Monday"
            ),
            Given(
                "k", range(2, 4), "factor for Wednesday", "{A} swims {k:times} as many laps on Wednesday as on Tuesday"
            ),
        ),
        steps=(
            Do(
                "tue = mon + more",
                "laps on Tuesday",
                "{A} swims # laps on Tuesday",
                "Tuesday has more laps than Monday",
                "How many laps does {A} swim on Tuesday?",
            ),
            Do(
                "wed = tue * k",
                "laps on Wednesday",
                "{A} swims # laps on Wednesday",
                "Wednesday is a multiple of Tuesday",
                "How many laps does {A} swim on Wednesday?",
            ),
            Do(
                "two = mon + tue",
                "laps on Monday and Tuesday",
                "{A} swims # laps on Monday and Tuesday",
                "the first two days are counted together",
                "How many laps does {A} swim on Monday and Tuesday?",
            ),
            Do(
                "all = two + wed",
                "laps altogether",
                "{A} swims # laps altogether",
                "Wednesday joins the first two days",
            ),
        ),
        extras=(
            Extra(range(25, 51, 5), "the pool is {number} meters long"),
            Extra(range(4, 13), "a ticket for the pool costs {number} dollars"),
        ),
    ),
    Shape(
        "video game coins",
        things={"coin": "coin gem crystal"},
        story="In a video game, {A} finishes {levels} levels and collects {per} {coin} in each of them. {A:He} "
        "also opens a "
        "chest with {bonus} {coin}. | Then {A:he} spends {spent} {coin} on a shield and uses all the others to buy "
        "potions "
        "for {cost} {coin} each.",
        question="How many potions does {A} buy?",
        goal="how many potions {A} buys",
        given=(
            Given("levels", range(3, 13), "levels", "{A} finishes {levels} levels"),
            Given("per", range(5, 16), "{coin} in each level", "each level gives {per} {coin}"),
            Given("bonus", range(6, 31), "{coin} in the chest", "the chest holds {bonus} {coin}"),
            Given("spent", range(8, 41), "price of the shield", "the shield costs {spent} {coin}"),
            Given("cost", range(3, 13), "price of a potion", "each potion costs {cost} {coin}"),
        ),
        steps=(
            Do(
                "won = levels * per",
                "{coin} from the levels",
                "{A} collects # {coin} in the levels",
                "every level gives the same number of {coin}",
                "How many {coin} does {A} collect in the levels?",
            ),
            Do(
                "all = won + bonus",
                "{coin} altogether",
                "{A} has # {coin} altogether",
                "the {coin} of the chest are added",
                "How many {coin} does {A} have altogether?",
            ),
            Do(
                "left = all - spent",
                "{coin} left for potions",
                "{A} has # {coin} left for potions",
                "the shield has to be paid first",
                "How many {coin} does {A} have left for potions?",
            ),
            Do("potions = left / cost", "potions", "{A} buys # potions", "every potion costs the same"),
        ),
        extras=(
            Extra(range(20, 61, 5), "{A} plays for {number} minutes"),
            Extra(range(10, 31), "the game has {number} different heroes"),
        ),
    ),
)
