"""Stories about school, books, tests and projects."""

from cot_distill.problems.word_problems.shape import Do, Extra, Given, Shape

SHAPES = (
    Shape(
        "seats in the hall",
        things={"event": "play concert assembly"},
        story="The school hall has {rows} rows with {seats} seats in each row. For the {event:1}, the caretaker "
        "brings in "
        "{extra} extra chairs. | After everyone has sat down, {empty} seats are still empty.",
        question="How many people are sitting in the hall?",
        goal="how many people are sitting in the hall",
        given=(
            Given("rows", range(4, 16), "rows", "there are {rows} rows"),
            Given("seats", range(6, 15), "seats in each row", "each row has {seats} seats"),
            Given("extra", range(5, 26), "extra chairs", "the caretaker brings {extra} extra chairs"),
            Given("empty", range(3, 20), "empty seats", "{empty} seats stay empty"),
        ),
        steps=(
            Do(
                "fixed = rows * seats",
                "seats in the rows",
                "the rows have # seats",
                "every row has the same number of seats",
                "How many seats do the rows have?",
            ),
            Do(
                "all = fixed + extra",
                "seats altogether",
                "there are # seats altogether",
                "the extra chairs are added to the rows",
                "How many seats are there altogether?",
            ),
            Do(
                "people = all - empty",
                "people sitting in the hall",
                "# people are sitting in the hall",
                "nobody sits on the empty seats",
            ),
        ),
        extras=(
            Extra(range(40, 91, 5), "the {event:1} lasts {number} minutes"),
            Extra(range(3, 10), "the ticket for the {event:1} costs {number} dollars"),
        ),
    ),
    Shape(
        "rest of a book",
        things={"book": "novel diary/diaries biography/biographies"},
        story="{A} is reading a {book:1} of {pages} pages. For the first {days} days {A:he} reads {per} pages a day. | "
        "{A:He} wants to finish the rest in {rest} more days, reading the same number of pages on each of them.",
        question="How many pages does {A} have to read on each of the remaining days?",
        goal="how many pages {A} has to read on each of the remaining days",
        given=(
            Given("pages", range(80, 241, 4), "pages of the {book:1}", "the {book:1} has {pages} pages"),
            Given("days", range(3, 9), "first days", "{A} has read for {days} days"),
            Given(
                "per",
                range(6, 21),
                "pages read each day",
                "{A} has read {per} pages on each of those days",
            ),
            Given("rest", range(3, 13), "remaining days", "there are {rest} days for the rest"),
        ),
        steps=(
            Do(
                "read = days * per",
                "pages already read",
                "{A} has already read # pages",
                "{A} reads the same number of pages on each of the first days",
                "How many pages has {A} already read?",
            ),
            Do(
                "left = pages - read",
                "pages left",
                "# pages are left",
                "the pages already read are done",
                "How many pages are left?",
            ),
            Do(
                "daily = left / rest",
                "pages for each remaining day",
                "{A} has to read # pages on each of the remaining days",
                "the pages left are spread evenly over the remaining days",
            ),
        ),
        extras=(
            Extra(range(8, 30), "{A} paid {number} dollars for the {book:1}"),
            Extra(range(4, 16), "the {book:1} has {number} pictures"),
        ),
    ),
    Shape(
        "vans for a trip",
        things={"place": "zoo museum castle farm"},
        story="The {classes} classes of a small school visit a {place:1}. Each class has {each} students, and {adults} "
        "adults come along. | Everyone travels in vans, and every van carries {van} people.",
        question="How many vans does the school need?",
        goal="how many vans the school needs",
        given=(
            Given("classes", range(3, 10), "classes", "there are {classes} classes"),
            Given("each", range(9, 25), "students in each class", "each class has {each} students"),
            Given("adults", range(4, 21), "adults", "{adults} adults come along"),
            Given("van", range(6, 16), "people in each van", "each van carries {van} people"),
        ),
        steps=(
            Do(
                "students = classes * each",
                "students",
                "there are # students",
                "every class has the same number of students",
                "How many students are there?",
            ),
            Do(
                "people = students + adults",
                "people on the trip",
                "# people go on the trip",
                "the adults travel together with the students",
                "How many people go on the trip?",
            ),
            Do("vans = people / van", "vans", "the school needs # vans", "every van carries the same number of people"),
        ),
        extras=(
            Extra(range(25, 61), "the {place:1} is {number} miles away"),
            Extra(range(3, 10), "the visit to the {place:1} takes {number} hours"),
        ),
    ),
    Shape(
        "test score",
        things={"subject": "history geography science"},
        story="In a {subject:1} quiz, every right answer earns {plus} points and every wrong answer loses {minus} "
        "points. "
        "{A} gives {right} right answers and {wrong} wrong ones. | For neat writing, {A:he} gets a bonus of "
        "{bonus} points.",
        question="How many points does {A} score in the end?",
        goal="how many points {A} scores in the end",
        given=(
            Given("right", range(8, 21), "right answers", "{A} gives {right} right answers"),
            Given("plus", range(3, 9), "points for each", "each right answer earns {plus} points"),
            Given("wrong", range(2, 10), "wrong answers", "{A} gives {wrong} wrong answers"),
            Given("minus", range(2, 4), "points lost for each", "each wrong answer loses {minus} points"),
            Given("bonus", range(2, 11), "bonus", "{A} gets a bonus of {bonus} points"),
        ),
        steps=(
            Do(
                "won = right * plus",
                "points won",
                "{A} wins # points with right answers",
                "every right answer earns the same",
                "How many points does {A} win with right answers?",
            ),
            Do(
                "lost = wrong * minus",
                "points lost",
                "{A} loses # points with wrong answers",
                "every wrong answer loses the same",
                "How many points does {A} lose with wrong answers?",
            ),
            Do(
                "net = won - lost",
                "points without the bonus",
                "{A} has # points without the bonus",
                "the wrong answers take points away",
                "How many points does {A} have without the bonus?",
            ),
            Do("score = net + bonus", "final score", "{A} scores # points in the end", "the bonus comes on top"),
        ),
        extras=(
            Extra(range(20, 46, 5), "the quiz takes {number} minutes"),
            Extra(range(11, 17), "{A} is {number} years old"),
        ),
    ),
    Shape(
        "library shelves",
        things={"book": "comic atlas/atlases guidebook"},
        story="A library owns {start} {book}. This month, readers borrow {out} of them and the library buys {new} new "
        "ones. | The librarian spreads the {book} that are now in the library evenly over {shelves} shelves.",
        question="How many {book} stand on each shelf?",
        goal="how many {book} stand on each shelf",
        given=(
            Given("start", range(40, 121), "{book} at first", "the library has {start} {book} at first"),
            Given("out", range(8, 41), "borrowed {book}", "readers borrow {out} {book}"),
            Given("new", range(5, 31), "new {book}", "the library buys {new} new {book}"),
            Given("shelves", range(3, 13), "shelves", "there are {shelves} shelves"),
        ),
        steps=(
            Do(
                "stay = start - out",
                "{book} not borrowed",
                "# {book} stay in the library",
                "the borrowed {book} leave the library",
                "How many {book} stay in the library?",
            ),
            Do(
                "now = stay + new",
                "{book} now in the library",
                "# {book} are now in the library",
                "the new {book} are added",
                "How many {book} are now in the library?",
            ),
            Do(
                "per = now / shelves",
                "{book} on each shelf",
                "# {book} stand on each shelf",
                "the {book} are spread evenly over the shelves",
            ),
        ),
        extras=(
            Extra(range(6, 13), "the library is open {number} hours a day"),
            Extra(range(10, 31), "there are {number} chairs in the reading room"),
        ),
    ),
    Shape(
        "choir voices",
        things={"group": "choir band orchestra"},
        story="The school {group:1} has {first} members from the first grade. It has {k:times} as many members "
        "from the "
        "second grade, and {more} more members from the third grade than from the second. There are no other "
        "members. |",
        question="How many members does the {group:1} have altogether?",
        goal="how many members the {group:1} has altogether",
        given=(
            Given("first", range(4, 21), "first-grade members", "{first} members are from the first grade"),
            Given(
                "k",
                range(2, 5),
                "factor for the second grade",
                "there are {k:times} as many from the second grade as from the first",
            ),
            Given(
                "more",
                range(3, 21),
                "extra third-grade members",
                "there are {more} more from the third grade than from the second",
            ),
        ),
        steps=(
            Do(
                "second = first * k",
                "second-grade members",
                "# members are from the second grade",
                "the second grade is a multiple of the first",
                "How many members are from the second grade?",
            ),
            Do(
                "third = second + more",
                "third-grade members",
                "# members are from the third grade",
                "the third grade has more members than the second",
                "How many members are from the third grade?",
            ),
            Do(
                "two = first + second",
                "members from the first two grades",
                "# members are from the first two grades",
                "the first two grades are counted together",
                "How many members are from the first two grades together?",
            ),
            Do(
                "all = two + third",
                "members altogether",
                "the {group:1} has # members altogether",
                "the third grade joins the first two",
            ),
        ),
        extras=(
            Extra(range(5, 19), "the {group:1} knows {number} songs by heart"),
            Extra(range(45, 91, 5), "each rehearsal lasts {number} minutes"),
        ),
    ),
    Shape(
        "heights",
        things={"one": "oak pine maple", "two": "birch willow cedar", "tower": "church lighthouse windmill"},
        story="For a science project, {A} measures what {A:he} can see from the window. "
        "The {one:1} in the yard is {a} feet tall. The "
        "{two:1} next to it is {d} "
        "feet shorter. The {tower:1} on the hill is {k:times} as tall as the {two:1}. |",
        question="How many feet tall is the {tower:1}?",
        goal="how many feet tall the {tower:1} is",
        given=(
            Given("a", range(15, 46), "height of the {one:1}", "the {one:1} is {a} feet tall"),
            Given("d", range(3, 13), "difference in height", "the {two:1} is {d} feet shorter than the {one:1}"),
            Given("k", range(2, 6), "factor for the {tower:1}", "the {tower:1} is {k:times} as tall as the {two:1}"),
        ),
        steps=(
            Do(
                "b = a - d",
                "height of the {two:1}",
                "the {two:1} is # feet tall",
                "the {two:1} is shorter than the {one:1}",
                "How many feet tall is the {two:1}?",
            ),
            Do(
                "c = b * k",
                "height of the {tower:1}",
                "the {tower:1} is # feet tall",
                "the height of the {tower:1} is a multiple of that of the {two:1}",
            ),
        ),
        extras=(
            Extra(range(46, 91), "the yard is {number} feet wide"),
            Extra(range(9, 15), "{A} is {number} years old"),
        ),
    ),
)
