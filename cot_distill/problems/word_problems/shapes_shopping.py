"""Stories about buying, paying and saving."""

from cot_distill.problems.word_problems.shape import Do, Extra, Given, Shape

SHAPES = (
    Shape(
        "boxes given away",
        things={"item": "pencil crayon marker eraser"},
        story="{A} buys {boxes} boxes of {item} for the art club. Each box holds {each} {item}. | "
        "{A:He} gives {gone} of the {item} to a friend.",
        question="How many {item} does {A} have left?",
        goal="how many {item} {A} has left",
        given=(
            Given("boxes", range(3, 12), "boxes", "there are {boxes} boxes"),
            Given("each", range(4, 13), "{item} in each box", "each box holds {each} {item}"),
            Given("gone", range(3, 25), "{item} given away", "{A} gives away {gone} {item}"),
        ),
        steps=(
            Do(
                "total = boxes * each",
                "{item} in the boxes",
                "the boxes hold # {item}",
                "every box holds the same number of {item}",
                "How many {item} do the boxes hold altogether?",
            ),
            Do(
                "left = total - gone",
                "{item} left",
                "{A} has # {item} left",
                "the {item} given away no longer belong to {A}",
            ),
        ),
        extras=(
            Extra(range(8, 15), "{A} is {number} years old"),
            Extra(range(5, 21), "the art club has {number} members"),
        ),
    ),
    Shape(
        "change",
        things={"fruit": "melon mango pineapple", "veg": "cabbage pumpkin cauliflower"},
        story="At the market, {A} buys {n} {fruit} for {p} dollars each and {m} {veg} for {q} dollars each. | "
        "{A:He} hands the seller {paid} dollars.",
        question="How many dollars does {A} get back?",
        goal="how many dollars {A} gets back",
        given=(
            Given("n", range(2, 10), "{fruit}", "{A} buys {n} {fruit}"),
            Given("p", range(2, 8), "price of a {fruit:1}", "each {fruit:1} costs {p} dollars"),
            Given("m", range(2, 9), "{veg}", "{A} buys {m} {veg}"),
            Given("q", range(2, 7), "price of a {veg:1}", "each {veg:1} costs {q} dollars"),
            Given("paid", range(20, 101, 10), "dollars paid", "{A} pays with {paid} dollars"),
        ),
        steps=(
            Do(
                "fruit_cost = n * p",
                "cost of the {fruit}",
                "the {fruit} cost # dollars",
                "every {fruit:1} costs the same",
                "How many dollars do the {fruit} cost?",
            ),
            Do(
                "veg_cost = m * q",
                "cost of the {veg}",
                "the {veg} cost # dollars",
                "every {veg:1} costs the same",
                "How many dollars do the {veg} cost?",
            ),
            Do(
                "cost = fruit_cost + veg_cost",
                "whole cost",
                "everything costs # dollars",
                "{A} pays for both kinds",
                "How many dollars does everything cost?",
            ),
            Do(
                "change = paid - cost",
                "change",
                "{A} gets # dollars back",
                "the seller keeps the cost and returns the rest",
            ),
        ),
        extras=(
            Extra(range(11, 31), "there are {number} stalls at the market"),
            Extra(range(5, 26), "the walk to the market takes {A} {number} minutes"),
        ),
    ),
    Shape(
        "split the bill",
        things={"dish": "pizza pie lasagna"},
        story="{A} and some friends eat out and order {n} {dish} at {p} dollars each. Their drinks cost {drinks} "
        "dollars in all. | A coupon takes {coupon} dollars off the bill. The {people} people at the table share the "
        "rest of the bill equally.",
        question="How many dollars does each person pay?",
        goal="how many dollars each person pays",
        given=(
            Given("n", range(2, 8), "{dish}", "the friends order {n} {dish}"),
            Given("p", range(6, 16), "price of a {dish:1}", "each {dish:1} costs {p} dollars"),
            Given("drinks", range(6, 25), "cost of the drinks", "the drinks cost {drinks} dollars"),
            Given("coupon", range(3, 16), "value of the coupon", "the coupon takes {coupon} dollars off"),
            Given("people", range(3, 10), "people", "{people} people share the bill"),
        ),
        steps=(
            Do(
                "food = n * p",
                "cost of the {dish}",
                "the {dish} cost # dollars",
                "every {dish:1} costs the same",
                "How many dollars do the {dish} cost?",
            ),
            Do(
                "bill = food + drinks",
                "bill before the coupon",
                "the bill is # dollars before the coupon",
                "the food and the drinks are on the same bill",
                "How many dollars is the bill before the coupon?",
            ),
            Do(
                "rest = bill - coupon",
                "bill after the coupon",
                "the bill is # dollars after the coupon",
                "the coupon lowers the bill",
                "How many dollars is the bill after the coupon?",
            ),
            Do(
                "share = rest / people",
                "share of each person",
                "each person pays # dollars",
                "the bill is split into equal shares",
            ),
        ),
        extras=(
            Extra(range(10, 31), "the restaurant has {number} tables"),
            Extra(range(20, 51, 5), "the cook needs {number} minutes to prepare the food"),
        ),
    ),
    Shape(
        "discount",
        things={"item": "shirt cap scarf/scarves sweater"},
        story="An online store usually sells a {item:1} for {p} dollars, but today each one is {off} dollars cheaper. "
        "{A} orders {n} {item}. |",
        question="How many dollars does {A} pay altogether?",
        goal="how many dollars {A} pays altogether",
        given=(
            Given("p", range(15, 41), "usual price", "a {item:1} usually costs {p} dollars"),
            Given("off", range(2, 9), "discount on each {item:1}", "each {item:1} is {off} dollars cheaper today"),
            Given("n", range(2, 9), "{item} ordered", "{A} orders {n} {item}"),
        ),
        steps=(
            Do(
                "price = p - off",
                "price today",
                "a {item:1} costs # dollars today",
                "the discount lowers the price",
                "How many dollars does one {item:1} cost today?",
            ),
            Do(
                "total = price * n",
                "cost of the {item}",
                "{A} pays # dollars altogether",
                "every {item:1} costs the same",
            ),
        ),
        extras=(
            Extra(range(3, 10), "the order arrives after {number} days"),
            Extra(range(12, 41), "the store offers {number} colors"),
        ),
    ),
    Shape(
        "saving up",
        things={"item": "bicycle guitar tablet telescope"},
        story="{A} wants to buy a {item:1} that costs {price} dollars. {A:He} has already saved {saved} dollars, and "
        "{A:his} grandmother gives {A:him} {gift} dollars. | From now on, {A} saves {weekly} dollars every week.",
        question="In how many weeks will {A} have enough money for the {item:1}?",
        goal="in how many weeks {A} will have enough money",
        given=(
            Given("price", range(60, 201, 5), "price of the {item:1}", "the {item:1} costs {price} dollars"),
            Given("saved", range(10, 61), "money saved so far", "{A} has already saved {saved} dollars"),
            Given("gift", range(5, 31, 5), "gift", "{A}'s grandmother gives {gift} dollars"),
            Given("weekly", range(3, 16), "money saved each week", "{A} saves {weekly} dollars every week"),
        ),
        steps=(
            Do(
                "missing = price - saved",
                "money missing before the gift",
                "{A} lacks # dollars before the gift",
                "the saved money already covers a part of the price",
                "How many dollars does {A} lack before the gift?",
            ),
            Do(
                "open = missing - gift",
                "money still missing",
                "{A} still needs # dollars after the gift",
                "the gift covers another part of the price",
                "How many dollars does {A} still need after the gift?",
            ),
            Do(
                "weeks = open / weekly",
                "weeks of saving",
                "{A} needs # weeks of saving",
                "{A} saves the same amount every week",
            ),
        ),
        extras=(
            Extra(range(60, 81), "{A}'s grandmother is {number} years old"),
            Extra(range(2, 9), "{A} has looked at {number} shops"),
        ),
    ),
    Shape(
        "two packs compared",
        things={"item": "towel mug plate bowl"},
        story="A corner shop sells a pack of {n} {item} for {x} dollars. A supermarket sells a pack of {m} of the same "
        "{item} for {y} dollars, which is cheaper for each {item:1}. | {A} needs {k} {item}.",
        question="If both shops sold single {item} at the same rates, how many dollars would {A} save by buying all of "
        "them at the supermarket?",
        goal="how many dollars {A} would save at the supermarket",
        given=(
            Given("x", range(16, 49), "corner shop's price", "the corner shop's pack costs {x} dollars"),
            Given("n", range(4, 9), "corner shop's {item}", "the corner shop's pack holds {n} {item}"),
            Given("y", range(10, 49), "supermarket's price", "the supermarket's pack costs {y} dollars"),
            Given("m", range(5, 13), "supermarket's {item}", "the supermarket's pack holds {m} {item}"),
            Given("k", range(5, 21), "{item} needed", "{A} needs {k} {item}"),
        ),
        steps=(
            Do(
                "corner = x / n",
                "price of one {item:1} at the corner shop",
                "one {item:1} costs # dollars at the corner shop",
                "the price of the pack is spread over its {item}",
                "How many dollars is one {item:1} at the corner shop?",
            ),
            Do(
                "super = y / m",
                "price of one {item:1} at the supermarket",
                "one {item:1} costs # dollars at the supermarket",
                "the price of the pack is spread over its {item}",
                "How many dollars is one {item:1} at the supermarket?",
            ),
            Do(
                "saving = corner - super",
                "saving on one {item:1}",
                "{A} saves # dollars on each {item:1}",
                "the saving is the difference of the two prices",
                "How many dollars does {A} save on each {item:1}?",
            ),
            Do(
                "total = saving * k",
                "whole saving",
                "{A} saves # dollars altogether",
                "the saving is the same for every {item:1}",
            ),
        ),
        extras=(
            Extra(range(3, 21), "the supermarket has {number} checkouts"),
            Extra(range(4, 31), "the corner shop is {number} years old"),
        ),
    ),
)
