"""Stories about making, building and tidying at home."""

from cot_distill.problems.word_problems.shape import Do, Extra, Given, Shape

SHAPES = (
    Shape(
        "beads on strings",
        things={"bead": "bead pearl shell"},
        story="{A} makes {n} necklaces with {x} {bead} each and {m} bracelets with {y} {bead} each. | {A:He} takes "
        "the {bead} "
        "from bags that hold {bag} {bead} each, and uses up every bag completely.",
        question="How many bags of {bead} does {A} use?",
        goal="how many bags of {bead} {A} uses",
        given=(
            Given("n", range(2, 9), "necklaces", "{A} makes {n} necklaces"),
            Given("x", range(10, 26), "{bead} on each necklace", "each necklace takes {x} {bead}"),
            Given("m", range(2, 11), "bracelets", "{A} makes {m} bracelets"),
            Given("y", range(5, 13), "{bead} on each bracelet", "each bracelet takes {y} {bead}"),
            Given("bag", range(6, 26), "{bead} in each bag", "each bag holds {bag} {bead}"),
        ),
        steps=(
            Do(
                "p = n * x",
                "{bead} on the necklaces",
                "the necklaces take # {bead}",
                "every necklace takes the same number of {bead}",
                "How many {bead} do the necklaces take?",
            ),
            Do(
                "q = m * y",
                "{bead} on the bracelets",
                "the bracelets take # {bead}",
                "every bracelet takes the same number of {bead}",
                "How many {bead} do the bracelets take?",
            ),
            Do(
                "all = p + q",
                "{bead} altogether",
                "{A} uses # {bead} altogether",
                "the {bead} are used for both",
                "How many {bead} does {A} use altogether?",
            ),
            Do("bags = all / bag", "bags", "{A} uses # bags", "every bag holds the same number of {bead}"),
        ),
        extras=(
            Extra(range(3, 10), "{A} works at the table for {number} hours"),
            Extra(range(9, 20), "{A} is {number} years old"),
        ),
    ),
    Shape(
        "ribbon bows",
        things={"stuff": "ribbon lace string"},
        story="{A} has {rolls} rolls of {stuff:1}, each {len} feet long. To make one bow, {A:he} needs {bow} feet of "
        "{stuff:1}. {A:He} makes as many bows as possible and uses up all of the {stuff:1}. | Then {A:he} ties "
        "{used} of "
        "the bows around presents.",
        question="How many bows does {A} still have?",
        goal="how many bows {A} still has",
        given=(
            Given("rolls", range(2, 9), "rolls", "{A} has {rolls} rolls"),
            Given("len", range(8, 31), "feet on each roll", "each roll is {len} feet long"),
            Given("bow", range(2, 7), "feet for each bow", "each bow takes {bow} feet"),
            Given("used", range(3, 21), "bows on presents", "{A} ties {used} bows around presents"),
        ),
        steps=(
            Do(
                "feet = rolls * len",
                "feet of {stuff:1}",
                "{A} has # feet of {stuff:1}",
                "every roll has the same length",
                "How many feet of {stuff:1} does {A} have?",
            ),
            Do(
                "bows = feet / bow",
                "bows made",
                "{A} makes # bows",
                "every bow takes the same length",
                "How many bows does {A} make?",
            ),
            Do("left = bows - used", "bows left", "{A} still has # bows", "the bows on the presents are used"),
        ),
        extras=(
            Extra(range(2, 13), "each roll cost {number} dollars"),
            Extra(range(11, 31), "{A} has {number} sheets of wrapping paper"),
        ),
    ),
    Shape(
        "tiles on a wall",
        things={"room": "bathroom kitchen hallway"},
        story="A wall in the {room:1} has room for {rows} rows of tiles with {cols} tiles in each row. A window "
        "takes the place of "
        "{window} tiles. | The tiles are sold in boxes of {box}, and each box costs {price} dollars.",
        question="How many dollars do the tiles for this wall cost?",
        goal="how many dollars the tiles for the wall cost",
        given=(
            Given("rows", range(5, 16), "rows", "there is room for {rows} rows"),
            Given("cols", range(6, 16), "tiles in each row", "each row has room for {cols} tiles"),
            Given(
                "window", range(4, 25), "tiles that the window replaces", "the window takes the place of {window} tiles"
            ),
            Given("box", range(6, 21), "tiles in each box", "each box holds {box} tiles"),
            Given("price", range(5, 16), "price of a box", "each box costs {price} dollars"),
        ),
        steps=(
            Do(
                "full = rows * cols",
                "tiles on a full wall",
                "a full wall takes # tiles",
                "every row has room for the same number of tiles",
                "How many tiles does a wall without a window take?",
            ),
            Do(
                "need = full - window",
                "tiles needed",
                "the wall needs # tiles",
                "no tiles go on the window",
                "How many tiles does the wall need?",
            ),
            Do(
                "boxes = need / box",
                "boxes",
                "# boxes of tiles are needed",
                "every box holds the same number of tiles",
                "How many boxes of tiles are needed?",
            ),
            Do("cost = boxes * price", "cost of the tiles", "the tiles cost # dollars", "every box costs the same"),
        ),
        extras=(
            Extra(range(2, 9), "the work takes {number} days"),
            Extra(range(20, 61), "the house was built {number} years ago"),
        ),
    ),
    Shape(
        "candle evenings",
        things={"light": "candle torch/torches"},
        story="{A} has {packs} packs of {light} with {per} {light} in each pack. | Each {light:1} burns for "
        "{hours} hours. "
        "{A} burns one {light:1} at a time, for {night} hours every evening.",
        question="For how many evenings will the {light} last?",
        goal="for how many evenings the {light} will last",
        given=(
            Given("packs", range(2, 9), "packs", "there are {packs} packs"),
            Given("per", range(3, 13), "{light} in each pack", "each pack holds {per} {light}"),
            Given("hours", range(3, 11), "hours of one {light:1}", "each {light:1} burns for {hours} hours"),
            Given("night", range(2, 7), "hours an evening", "one {light:1} burns for {night} hours every evening"),
        ),
        steps=(
            Do(
                "all = packs * per",
                "{light}",
                "{A} has # {light}",
                "every pack holds the same number of {light}",
                "How many {light} does {A} have?",
            ),
            Do(
                "light = all * hours",
                "hours of light",
                "the {light} burn for # hours altogether",
                "the {light} burn one after another",
                "For how many hours do the {light} burn altogether?",
            ),
            Do(
                "nights = light / night",
                "evenings",
                "the {light} will last for # evenings",
                "every evening takes the same number of hours",
            ),
        ),
        extras=(
            Extra(range(11, 31), "a pack costs {number} dollars"),
            Extra(range(11, 21), "there are {number} matches in a drawer"),
        ),
    ),
    Shape(
        "screws for furniture",
        things={"part": "screw nail bolt"},
        story="A carpenter builds {n} bookcases. Each bookcase has {shelves} shelves, and each shelf takes {per} "
        "{part}. The back of "
        "each bookcase takes another {back} {part}. | The {part} come in packs of {pack}, and each pack costs "
        "{price} dollars.",
        question="How many dollars do the {part} for all the bookcases cost?",
        goal="how many dollars the {part} cost",
        given=(
            Given("shelves", range(3, 8), "shelves of a bookcase", "each bookcase has {shelves} shelves"),
            Given("per", range(2, 7), "{part} for each shelf", "each shelf takes {per} {part}"),
            Given("back", range(4, 17), "{part} for the back", "each back takes {back} {part}"),
            Given("n", range(2, 7), "bookcases", "there are {n} bookcases"),
            Given("pack", range(6, 31), "{part} in each pack", "each pack holds {pack} {part}"),
            Given("price", range(2, 10), "price of a pack", "each pack costs {price} dollars"),
        ),
        steps=(
            Do(
                "boards = shelves * per",
                "{part} for the shelves of a bookcase",
                "the shelves of a bookcase take # {part}",
                "every shelf takes the same number of {part}",
                "How many {part} do the shelves of one bookcase take?",
            ),
            Do(
                "one = boards + back",
                "{part} for one bookcase",
                "one bookcase takes # {part}",
                "a bookcase has shelves and a back",
                "How many {part} does one bookcase take?",
            ),
            Do(
                "all = one * n",
                "{part} for all the bookcases",
                "all the bookcases take # {part}",
                "every bookcase takes the same number of {part}",
                "How many {part} do all the bookcases take?",
            ),
            Do(
                "packs = all / pack",
                "packs",
                "the carpenter needs # packs",
                "every pack holds the same number of {part}",
                "How many packs does the carpenter need?",
            ),
            Do("cost = packs * price", "cost of the {part}", "the {part} cost # dollars", "every pack costs the same"),
        ),
        extras=(
            Extra(range(2, 15), "the work takes {number} hours"),
            Extra(range(30, 61), "the carpenter is {number} years old"),
        ),
    ),
    Shape(
        "quilt squares",
        things={"thing": "quilt blanket banner"},
        story="A sewing club makes {n} {thing} of {each} squares each. The {members} members of the club share all "
        "the squares equally among themselves. | "
        "One of the members, {A}, has already sewn {done} of {A:his} squares.",
        question="How many squares does {A} still have to sew?",
        goal="how many squares {A} still has to sew",
        given=(
            Given("n", range(2, 9), "{thing}", "the club makes {n} {thing}"),
            Given("each", range(12, 43, 2), "squares in each {thing:1}", "each {thing:1} has {each} squares"),
            Given("members", range(3, 13), "members", "the club has {members} members"),
            Given("done", range(3, 25), "squares already sewn by {A}", "{A} has already sewn {done} squares"),
        ),
        steps=(
            Do(
                "all = n * each",
                "squares altogether",
                "the {thing} have # squares altogether",
                "every {thing:1} has the same number of squares",
                "How many squares do the {thing} have altogether?",
            ),
            Do(
                "share = all / members",
                "squares of each member",
                "each member sews # squares",
                "the work is shared equally",
                "How many squares does each member sew?",
            ),
            Do(
                "left = share - done",
                "squares that {A} still has to sew",
                "{A} still has to sew # squares",
                "the finished squares are done",
            ),
        ),
        extras=(
            Extra(range(5, 31), "the club was founded {number} years ago"),
            Extra(range(10, 41, 5), "the club has spent {number} dollars on thread"),
        ),
    ),
)
