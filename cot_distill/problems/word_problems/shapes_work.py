"""Stories about wages, offices and factories."""

from cot_distill.problems.word_problems.shape import Do, Extra, Given, Shape

SHAPES = (
    Shape(
        "overtime pay",
        things={"place": "cafe garage nursery/nurseries bakery/bakeries"},
        story="{A} works at a {place:1} and earns {rate} dollars an hour. For overtime, the pay is {extra} dollars "
        "an hour higher. This "
        "week, {A} works {hours} normal hours and {over} hours of overtime. |",
        question="How many dollars does {A} earn this week?",
        goal="how many dollars {A} earns this week",
        given=(
            Given("hours", range(5, 13), "normal hours", "{A} works {hours} normal hours"),
            Given("rate", range(6, 16), "hourly pay", "a normal hour pays {rate} dollars"),
            Given(
                "extra",
                range(2, 7),
                "extra pay for overtime",
                "an hour of overtime pays {extra} dollars more",
            ),
            Given("over", range(2, 7), "overtime hours", "{A} works {over} hours of overtime"),
        ),
        steps=(
            Do(
                "normal = hours * rate",
                "normal pay",
                "{A} earns # dollars for the normal hours",
                "every normal hour pays the same",
                "How many dollars does {A} earn for the normal hours?",
            ),
            Do(
                "high = rate + extra",
                "pay for an hour of overtime",
                "an hour of overtime pays # dollars",
                "overtime pays more than a normal hour",
                "How many dollars does an hour of overtime pay?",
            ),
            Do(
                "late = high * over",
                "overtime pay",
                "{A} earns # dollars for the overtime",
                "every hour of overtime pays the same",
                "How many dollars does {A} earn for the overtime?",
            ),
            Do(
                "all = normal + late",
                "pay of the week",
                "{A} earns # dollars this week",
                "both kinds of hours are paid",
            ),
        ),
        extras=(
            Extra(range(18, 41), "{A} is {number} years old"),
            Extra(range(15, 46, 5), "the bus ride to work takes {number} minutes"),
        ),
    ),
    Shape(
        "allowance and chores",
        things={"item": "ticket poster puzzle kite"},
        story="Every week, {A} gets an allowance of {allow} dollars and earns {chore} dollars by walking a "
        "neighbor's dog. After {weeks} "
        "weeks, {A:he} spends {spent} dollars on a birthday present. | {A:He} uses all the rest to buy {item} for "
        "{price} dollars "
        "each.",
        question="How many {item} does {A} buy?",
        goal="how many {item} {A} buys",
        given=(
            Given("allow", range(3, 13), "allowance", "{A} gets an allowance of {allow} dollars a week"),
            Given("chore", range(3, 13), "money for walking the dog", "{A} earns {chore} dollars a week with the dog"),
            Given("weeks", range(3, 11), "weeks", "{A} gets this money for {weeks} weeks"),
            Given("spent", range(6, 31), "price of the present", "the present costs {spent} dollars"),
            Given("price", range(3, 13), "price of a {item:1}", "each {item:1} costs {price} dollars"),
        ),
        steps=(
            Do(
                "weekly = allow + chore",
                "money for one week",
                "{A} gets # dollars in one week",
                "{A} gets both amounts every week",
                "How many dollars does {A} get in one week?",
            ),
            Do(
                "all = weekly * weeks",
                "money for all the weeks",
                "{A} gets # dollars in all the weeks",
                "every week brings the same amount",
                "How many dollars does {A} get in all the weeks?",
            ),
            Do(
                "left = all - spent",
                "money left for {item}",
                "{A} has # dollars left for {item}",
                "the present has to be paid",
                "How many dollars does {A} have left for {item}?",
            ),
            Do("n = left / price", "{item}", "{A} buys # {item}", "every {item:1} costs the same"),
        ),
        extras=(
            Extra(range(9, 16), "{A} is {number} years old"),
            Extra(range(20, 46, 5), "each walk with the dog takes {number} minutes"),
        ),
    ),
    Shape(
        "printing reports",
        things={"doc": "report flyer program"},
        story="An office prints {copies} copies of a {doc:1}, and each copy takes {pages} sheets of paper. | The "
        "printer jams and spoils "
        "{spoilt} more sheets. Paper comes in packs of {pack} sheets, and every pack opened is used up.",
        question="How many packs of paper does the office use?",
        goal="how many packs of paper the office uses",
        given=(
            Given("copies", range(6, 31), "copies", "the office prints {copies} copies"),
            Given("pages", range(3, 11), "sheets in each copy", "each copy takes {pages} sheets"),
            Given("spoilt", range(3, 26), "spoiled sheets", "the printer spoils {spoilt} sheets"),
            Given("pack", range(10, 41), "sheets in each pack", "each pack holds {pack} sheets"),
        ),
        steps=(
            Do(
                "good = copies * pages",
                "sheets in the copies",
                "the copies take # sheets",
                "every copy takes the same number of sheets",
                "How many sheets do the copies take?",
            ),
            Do(
                "all = good + spoilt",
                "sheets used",
                "the office uses # sheets",
                "the spoiled sheets are used up too",
                "How many sheets does the office use altogether?",
            ),
            Do("packs = all / pack", "packs", "the office uses # packs", "every pack holds the same number of sheets"),
        ),
        extras=(
            Extra(range(3, 10), "{number} people work in the office"),
            Extra(range(11, 60), "the printing takes {number} minutes"),
        ),
    ),
    Shape(
        "factory boxes",
        things={"item": "toy lamp clock mug"},
        story="A workshop has {m} machines, and each machine makes {rate} {item} an hour. The machines run for "
        "{hours} hours. | {bad} of the "
        "{item} are faulty and are thrown away. The good ones are packed into boxes of {box}, and each box is sold "
        "for {price} dollars. The material for all this costs {cost} dollars.",
        question="How many dollars does the workshop have left after paying for the material?",
        goal="how many dollars are left after paying for the material",
        given=(
            Given("m", range(2, 7), "machines", "there are {m} machines"),
            Given("rate", range(3, 11), "{item} of one machine in an hour", "each machine makes {rate} {item} an hour"),
            Given("hours", range(2, 8), "hours", "the machines run for {hours} hours"),
            Given("bad", range(2, 21), "faulty {item}", "{bad} {item} are faulty"),
            Given("box", range(4, 16), "{item} in each box", "each box holds {box} {item}"),
            Given("price", range(3, 16), "price of a box", "each box is sold for {price} dollars"),
            Given("cost", range(12, 61), "cost of the material", "the material costs {cost} dollars"),
        ),
        steps=(
            Do(
                "hourly = m * rate",
                "{item} in one hour",
                "the machines make # {item} in one hour",
                "every machine makes the same number of {item}",
                "How many {item} do the machines make in one hour?",
            ),
            Do(
                "made = hourly * hours",
                "{item} made",
                "the machines make # {item} altogether",
                "every hour brings the same number of {item}",
                "How many {item} do the machines make altogether?",
            ),
            Do(
                "good = made - bad",
                "good {item}",
                "# {item} are good",
                "the faulty ones are thrown away",
                "How many {item} are good?",
            ),
            Do(
                "boxes = good / box",
                "boxes",
                "the workshop fills # boxes",
                "the {item} are packed into equal boxes",
                "How many boxes does the workshop fill?",
            ),
            Do(
                "money = boxes * price",
                "money for the boxes",
                "the boxes bring # dollars",
                "every box is sold for the same price",
                "How many dollars do the boxes bring?",
            ),
            Do("left = money - cost", "money left", "the workshop has # dollars left", "the material has to be paid"),
        ),
        extras=(
            Extra(range(11, 31), "{number} people work in the workshop"),
            Extra(range(12, 41), "the workshop opened {number} years ago"),
        ),
    ),
    Shape(
        "paper route",
        things={"item": "newspaper magazine catalog"},
        story="{A} delivers {item} on {streets} streets with {houses} houses on each street. The people in {no} of "
        "these houses do not "
        "want one, and all the other houses get one each. | {A} earns {pay} dollars for every {batch} {item} "
        "delivered.",
        question="How many dollars does {A} earn?",
        goal="how many dollars {A} earns",
        given=(
            Given("streets", range(3, 11), "streets", "there are {streets} streets"),
            Given("houses", range(6, 21), "houses on each street", "each street has {houses} houses"),
            Given("no", range(4, 25), "houses without delivery", "the people in {no} houses do not want a {item:1}"),
            Given("batch", range(4, 16), "{item} in each paid batch", "{A} is paid for every {batch} {item}"),
            Given("pay", range(2, 8), "pay for each batch", "each batch earns {pay} dollars"),
        ),
        steps=(
            Do(
                "all = streets * houses",
                "houses on the streets",
                "the streets have # houses",
                "every street has the same number of houses",
                "How many houses are there on the streets?",
            ),
            Do(
                "paid = all - no",
                "{item} delivered",
                "{A} delivers # {item}",
                "some of the people do not want one",
                "How many {item} does {A} deliver?",
            ),
            Do(
                "batches = paid / batch",
                "paid batches",
                "{A} delivers # full batches",
                "every batch has the same size",
                "How many batches of {item} does {A} deliver?",
            ),
            Do("money = batches * pay", "money earned", "{A} earns # dollars", "every batch earns the same"),
        ),
        extras=(
            Extra(range(12, 18), "{A} is {number} years old"),
            Extra(range(45, 91, 5), "the delivery takes {number} minutes"),
        ),
    ),
    Shape(
        "parking lot",
        things={"lot": "garage"},
        story="A parking {lot:1} has {floors} floors with {spaces} spaces on each floor. In the morning, {free} "
        "spaces are free. | By noon, "
        "{left} cars leave and {new} cars arrive.",
        question="How many cars are in the parking {lot:1} at noon?",
        goal="how many cars are in the parking {lot:1} at noon",
        given=(
            Given("floors", range(2, 8), "floors", "there are {floors} floors"),
            Given("spaces", range(12, 31), "spaces on each floor", "each floor has {spaces} spaces"),
            Given("free", range(10, 31), "free spaces in the morning", "{free} spaces are free in the morning"),
            Given("left", range(5, 25), "cars that leave", "{left} cars leave"),
            Given("new", range(4, 16), "cars that arrive", "{new} cars arrive"),
        ),
        steps=(
            Do(
                "all = floors * spaces",
                "spaces",
                "there are # spaces",
                "every floor has the same number of spaces",
                "How many spaces are there?",
            ),
            Do(
                "am = all - free",
                "cars in the morning",
                "# cars are there in the morning",
                "every space that is not free holds a car",
                "How many cars are there in the morning?",
            ),
            Do(
                "stay = am - left",
                "cars that stay",
                "# cars stay",
                "some of the cars leave",
                "How many of these cars stay?",
            ),
            Do("noon = stay + new", "cars at noon", "# cars are in the parking {lot:1} at noon", "new cars arrive"),
        ),
        extras=(
            Extra(range(2, 10), "an hour of parking costs {number} dollars"),
            Extra(range(4, 12), "the building has {number} cameras"),
        ),
    ),
)
