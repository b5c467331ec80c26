"""The number that a whole sentence states, and the sentence that concludes a text.

Models that were never taught an answer line end with "So she needs 118 games to have 140.", with a check of their
result, or with an aside about what was not asked. What is read here is the result.
"""

import itertools
import re

from cot_distill.grading import numerals, spans
from cot_distill.grading.asked import IN_TOTAL, NOTHING, Asked
from cot_distill.grading.chain import Found, Undecided
from cot_distill.grading.picking import by_clause, by_name, counts_another, for_unit, picked, tells_other_part

_LEAST_OF_A_LOOP = 3
"""Sentences that stand more often than this are the loop of a model that found no end."""
_MARKER = re.compile(r"^[\s*#-]*(?:(?:Step\s+)?\d{1,2}\s?[.:)](?=\s)\s*)?", re.I)
_ONLY_MARKER = re.compile(r"[\s*#-]*(?:(?:Step\s+)?\d{1,2}\s?[.:)])?\s*", re.I)
_THEREFORE = re.compile(
    r"\W*(?:therefore|thus|hence|so|in\s+total|in\s+all|altogether|consequently|in\s+conclusion|finally)\b", re.I
)
CONDITION = re.compile(
    r"\W*(?:(?:therefore|thus|hence|so|however|but|now)\W+)?(?:in\s+base\s+\d+,?\s|(?:in|after)\s+\d{1,4}\s+\w+\s+(?=\w+\s+(?:will|would|has|have|had|can)\b)|(?:adding|subtracting|if|after|in|over|for|with|on|at|since|when|because|given)\b(?:[^,\n]|,\d){1,120},\s(?!i\.e\.|that\s+is\b|or\b))",
    re.I,
)
_BRACKETS = re.compile(r"\([^()\n]*\)")
_SO = re.compile(
    r",\s+(?:and\s+)?(?:so|thus|hence|therefore|giving|making|yielding|totall?ing|which\s+(?:puts|brings|means(?:\s+that)?)|meaning(?:\s+that)?)\s"
)
_TOTAL = re.compile(r"\btotal(?:\s+of|\s+\w+\s+(?:is|was))\s+([^\n]{1,40})", re.I)
_IN_ALL = re.compile(r"(?<![\d.,$])(\$?\d[\d.,]{0,12}(?:\s+[a-z]+){0,2})\s+(?:in\s+(?:total|all)|altogether)\b", re.I)
_RESULT = re.compile(r"=([^=\n]{1,40})")
_EQUAL_TO = re.compile(
    r"\b(?:which\s+(?:is|equals|makes|gives|comes\s+to)|i\.e\.,?|that\s+is,|leaving|for\s+a\s+total\s+of)\s+(?:equal\s+to\s+|the\s+same\s+as\s+)?"
    r"(?![$\d.,]+\s*(?:(?:\w+\s+)?(?:percent|more|fewer|less|per|each)|of)\b|[$\d.,]+\s?%)([$\d][^\n]{0,30})"
)
_LEAVING = re.compile(r",\s+(?:leaving|which\s+leaves)(?:\s+[a-z]+){0,3}?\s+([$\d][^\n]{0,30})", re.I)
_IT_EQUALS = re.compile(r"\b(?:is\s+equal\s+to|equals)\s+([-$\d][^\n]{0,30})")
_EACH = re.compile(r"\s*(?:[a-z]+\s+){0,2}?(?:(?:in|for|to)\s+)?(?:each|per|apiece|every)\b")
_PER = re.compile(r"\d\s+(?:[a-z]+\s+){0,3}?(?:an?|per|each|every)\s+[a-z]+|/\s?[a-z]+")
_MORE = re.compile(r"\s*(?:[a-z]+\s+)?(?:more|fewer|less)\b")
_SHARED = re.compile(r"\b(?:each|per|every|apiece)\b", re.I)
_ADJECTIVE = re.compile(r"-[a-z]")
_OPERATION = re.compile(r"\W*(?:\w+,\s+)?(?:add|subtract|divid|multiply|tak|remov|deduct)ing\b", re.I)
_GIVES = re.compile(r"\b(?:gives?|leaves?|yields?|results\s+in|equals)\b[^\d\n]{0,40}?([-$\d][^\n]{0,30})", re.I)
"""What an operation in words comes to: "Dividing 16 among 8 gives each child 2"."""
_SHARE = re.compile(r"(?:%|percent|half|third|quarter)\s+of\s+[^,\n]{1,40},\s+" + _EQUAL_TO.pattern)
_DIFFERENCE = re.compile(
    r",\s+and\s+[^,\n]{0,80}?([$\d][\d.,]{0,12})\s+(?:\w+\s+)?(?:more|fewer|less)\b[^,\n]{0,60}\bthan\b"
)
_SUBJECT = re.compile(
    r"\W*(?:(?:therefore|thus|hence|so)\W+)?the\s+(?:total|number|amount|value|sum|difference|cost|price|time|distance|remainder|product|average|mean|area|perimeter|volume|probability|"
    r"length|width|height|age|weight|speed|rate|ratio|percent\w*|result|(?:\w+\s+){0,2}(?:digit|integer|divisor|multiple|price|number|value))\b",
    re.I,
)
_IS = re.compile(
    r"(?<!which )\b(?:is|was|equals|will\s+be|would\s+be)\s+(?:now\s+|then\s+|about\s+|approximately\s+|only\s+)?"
    r"([-$\d][^\n]{0,30})"
)
_KNOWN = re.compile(r"\b(?:(?:[Oo]f|[Aa]ll|[Ee]ach\s+of)\s+(?:the|these|those|his|her|their)|[A-Za-z]+['’]s)\s+\W?$")
"""What leads up to a number that was given: "each of the 13 boys gets 2"."""
_NONE = re.compile(
    r"[^\d\n]{0,80}\b(?:(?:cannot|can't|can\s+not|couldn't|could\s+not|won't|will\s+not)\s+\w+\s+any\b"
    r"|(?:has|have|had|are|is|were|was|be|with)\s+no\s+(?:more\s+)?(?:\w+\s+){0,3}(?:left|remaining)\b)",
    re.I,
)
_CHECK = re.compile(
    r"\b(?:(?:check|verification|proof)\s*[:.](?!\w)|[✔✓✅]\W*(?=\d)|checking,|to\s+(?:double-?\s?)?check(?!\s+the\s+(?!answer|result|solution|calculation|math|work))|(?:double-?\s?)?check(?:ing)?\s+(?:if|that|(?:the|our|your|this)\s+(?:\w+\s+)?(?:answer|result|solution|calculation|math|work))\b"
    r"(?!\s+(?:and|again)\b)|double-?\s?check(?:ing)?\b|to\s+verify|let's\s+(?:check|verify|make\s+sure)|verif(?:y|ication)\b)",
    re.I,
)
_HEADED = re.compile(
    r"\b(?:write|state|give)\s+(?:the|your|our|down\s+the)\s+(?:final\s+)?answer\b[^\n]{0,60}\n(?=[^\n]*\d|\s*\n[^\n]*\d)",
    re.I,
)
_EXPLANATION = re.compile(r"\n[ \t]*[*_#]{0,4}\s?(?:Explanation|Breakdown)\s?[*_]{0,2}:", re.I)
_UNASKED = re.compile(
    r"(?:\bnot|n['’]t)\s+(?:what\s+(?:was|is|we(?:['’]re|\s+are|\s+were))\s+)?(?:being\s+)?asked\b|\bif\s+we\s+wanted\b",
    re.I,
)
_UNNEEDED = re.compile(
    r"\b(?:do|did)(?:n['’]t|\s+not)\s+need\s+(?:to\s+(?:use|know|consider)\s+)?(?:the|this|that|any)\b"
    r"|\b(?:is|are)(?:n['’]t|\s+not)\s+(?:needed|relevant|necessary|used)\b|\birrelevant\b|\b(?:do|does|did)(?:n['’]t|\s+not)\s+(?:matter|affect)\b"
    r"|\bnot\s+(?:in|part\s+of)\s+(?:the|this)\s+(?:problem|question)\b",
    re.I,
)
_RESERVATION = re.compile(
    r"\W*(?:however|but|note|it(?:'s|\s+is)\s+(?:worth|important)|please|this\s+(?:makes|assumes|is\s+because)|that(?:['’]s|\s+is)\s+(?:about\s+)?\$?\d+)\b"
    r"|[^\n]{0,60}\bat\s+(?:that|this)\s+rate\b",
    re.I,
)
_OTHER_THOUGHT = re.compile(
    r"\W*(?:I\s+(?:first|initially)\b|at\s+first,?\s+I\b|(?:a\s+)?common\s+(?:mistake|error)|many\s+(?:people|students)\b|if\s+(?:you|we|one)\s+(?:instead|had|only)\b)",
    re.I,
)
_SUPPOSED = re.compile(r"\W*if\b([^,\n]{1,80}),[^\n]*(?:\b(?:would|could)\b|['’]d\b)", re.I)
_SIDE_FACTS = 3
"""Sentences at the end among which a conclusion in the question's words is looked for."""
_GOES_ON = re.compile(
    r"=|\b(?:so|therefore|thus|hence|answer|round\w*|actual\w*|then|now|finally|again|ends?|ended|left|remain\w*)\b",
    re.I,
)
_ON_THE_WAY = re.compile(r"\W*(?:at\s+)?(?:first|initially|originally|before|after|when|once)\b", re.I)
_BARE = re.compile(r"\W*(?!1\.$)\d[\d.,]*\W*")
"""A sentence that is a number and no more, nor the first of numbered lines."""
_LIST = re.compile(
    r"\(|[$\d](?!.*\b(?:is|are|was|were|has|have|had|does|do|did|will|would|can|could|gets?|got|needs?|gives?|gave|left)\b)"
)
"""Begins a sentence in brackets, or a list without a verb."""
_LABELLED = re.compile(r"(?:^|[;,|]\s*)\W*[A-Za-z ]{2,30}:\s*\$?\d")
_ARROW = re.compile(r"(?:→|⇒|=>|->)\s*([-$\d][^\n=→]{0,30})$")
_COMES_TO = re.compile(r"\b(?:equals|makes|gives)\s+([-$]?\d[\d.,/]*)[^\d\n]{0,25}$")
_BECAUSE = re.compile(r",?\s+(?:because|since)\b")
_LEFT = re.compile(r",\s+leaving\b")
_BRINGING = re.compile(
    r"\bbring\w*\s+(?:the|its?|his|her|their)\s+(?:\w+\s+)?(?:price|cost|bill)\s+(?:down\s+|up\s+)?to\s+([$\d][^\n]{0,30})"
)
_AT_END = re.compile(r"\b(?:is|becomes|comes?\s+to|adds?\s+up\s+to|totals|it['’]s)\s+([-$]?\d[\d.,/]*)[^\d\n]{0,25}$")
_EITHER = re.compile(r"\W*either\b[^.\n]*\d[^.\n]*\bor\b[^.\n]*\d", re.I)
_COMPARISON = re.compile(
    r"\W*(?:compare\s+(?:this|that)|this\s+is\s+(?:more|less|fewer|greater)\s+than|in\s+percent\w*\s+terms)\b", re.I
)
_PERCENT = re.compile(r"\d\s?(?:%|percent\b)")
_IN_PERCENT = re.compile(r"\s?(?:%|percent\b)")
_EQUATION = re.compile(r"[^=]*\d[^=]*=\s*[$\d.,]+\s+([^=]+)")
_OPERATOR = re.compile(r"\s([-+*/x×÷−])\s")
_NAMES = re.compile(
    r"([A-Z][a-z]+)(?::|\s+(?:has|had|can|did|does|got|gets|is|was|made|makes|needs|earn\w*|spen\w+|bought|sold|ran|runs)\b)"
)
_PRONOUNS = frozenset("The This That There It He She They Each Total Both Answer Who Which What You We".split())
_ALSO = re.compile(r"(?:\w+\W+)?also\b")
_DRAWN = re.compile(r"=|\b(?:so|therefore|thus|hence|answer|round\w*|actual\w*|correct\w*|total)\b", re.I)


def conclusion(text: str, wanted: Asked = NOTHING) -> Found | None:
    """The number of the last sentence that holds one, without what only checks the answer, asides and reservations.

    An answer above a heading "Explanation:" is corrected by what stands below it. Of several numbers it is the value
    behind the sentence's last `=`, else the only one that counts what is wanted, else the one that the last equation
    before gave ("140 - 22 = 118. So she needs 118 games to have 140."), else the first.
    """
    heading = _EXPLANATION.search(text)
    if heading and any(map(str.isdigit, text[: heading.start()])):
        stated = conclusion(text[: heading.start()], wanted)
        explanation = _EXPLANATION.sub("\n", text[heading.end() :])
        return (corrected(explanation, stated, wanted) if isinstance(stated, str) else None) or stated
    ending = next(spans.last_sentences(text), "")
    if spans.GIVES_UP.search(ending) and not any(map(str.isdigit, _MARKER.sub("", ending))):
        return Undecided.REFUSED
    asked = _without(_UNASKED, text)
    headings = list(_HEADED.finditer(asked)) if "nswer" in asked else []
    rest = asked[headings[-1].end() :] if headings else _without(_UNNEEDED, unchecked(asked))
    last = list(itertools.islice(spans.last_sentences(asked), 0 if headings or len(rest) == len(asked) else 3))
    drawn = [
        one
        for index, one in enumerate(last)
        if _concludes(_MARKER.sub("", one)) or (index == 0 and _ends_in_result(one))
    ]
    for sentence in itertools.islice(spans.last_sentences(rest), 3 if wanted.unit else 0):
        said = numerals.plain(sentence)
        if (found := for_unit(list(numerals.numbers(said)), said, wanted)) is not None:
            return found
        if not _PER.search(said):
            break
    for sentence in drawn[:1] or _unreserved(list(spans.last_sentences(rest)), wanted):
        if spans.GIVES_UP.search(sentence) or (len(sentence) > 20 and text.count(sentence) > _LEAST_OF_A_LOOP):
            return Undecided.REFUSED
        if _EITHER.match(sentence):
            return Undecided.SEVERAL
        answer = of_sentence(_MARKER.sub("", sentence), text, wanted)
        if answer is not None:
            return answer
    return None


def corrected(text: str, stated: str, wanted: Asked) -> str | None:
    """What the working behind an answer stated at once comes to, where that is another number, else None.

    "The answer is 24 hours. He spends 3 x 3 = 9 hours a week. In 4 weeks, he spends 9 x 4 = 36 hours." is 36.
    """
    results = [result[2] for match in _RESULT.finditer(text) if (result := numerals.first(match[1]))]
    last = next(spans.last_sentences(text), "")
    drawn_in_words = _draws_what_is_asked(last, wanted)
    found = conclusion(text, wanted) if results or drawn_in_words or _TOTAL.search(text) else None
    if not isinstance(found, str) or found == stated:
        return None
    values = [value for _, _, value in numerals.numbers(_without_condition(_without_brackets(last)))]
    if ("=" in last and values[-1:] != [found]) or ("=" not in last and stated in values):
        return None
    if found == total(last) or (drawn_in_words and found not in wanted.given):
        return found
    return found if found in results[-1:] or (_THEREFORE.match(last) and found in results) else None


def _draws_what_is_asked(sentence: str, wanted: Asked) -> bool:
    """Whether a sentence comes to a number of what is asked for from others: "Each costs $9, so she gets 6 hats."."""
    draws = _SO.search(sentence) or _THEREFORE.match(sentence) or CONDITION.match(sentence) or wanted.compared
    known = wanted.given and (wanted.noun or wanted.money)
    return bool(draws and known and not counts_another(_without_condition(numerals.plain(sentence)), wanted))


def of_sentence(sentence: str, text: str, wanted: Asked = NOTHING) -> str | None:
    """The number that a whole sentence of a text states; see `conclusion`."""
    said = _up_to_clause(numerals.plain(sentence), _BECAUSE)
    if (arrow := _ARROW.search(said.rstrip(" .*"))) and (found := numerals.first(arrow[1])):
        return found[2]
    if (result := _of_equation(said, wanted)) is not None:
        return result
    if _NONE.match(said):
        return "0"
    if (told := _told_by_form(said, wanted)) is not None:
        return told
    said = _without_condition(_without_given(_without_brackets(said), wanted))
    said = said if wanted.left else _up_to_clause(said, _LEFT)
    numbers = list(numerals.numbers(said))
    counting = [one for one in numbers if not _ADJECTIVE.match(said, one[1])] or numbers
    counting = [one for one in counting if not _KNOWN.search(said, 0, one[0])] or counting
    if len(_LABELLED.findall(said)) > 1:
        return numbers[-1][2]
    left = _LEAVING.search(said) if wanted.left else None
    if left and (found := numerals.first(left[1])):
        return found[2]
    operated = _GIVES.search(said) if _OPERATION.match(said) else None
    if operated and (found := numerals.first(operated[1])):
        return found[2]
    if wanted.each and (share := _only_where(counting, said, _EACH)):
        return share
    if counting and not _ADJECTIVE.match(said, counting[0][1]) and not numerals.is_compound(said):
        meant = picked(counting, said, wanted)
        if meant is not None:
            return meant
    if wanted.noun and (meant := picked(list(numerals.all_in_words(said)), said, wanted)) is not None:
        return meant
    stated = [value for begin, _, value in counting if not _KNOWN.search(said, 0, begin)] or [
        one[2] for one in counting
    ]
    if len(set(stated)) > 1:
        meant = by_clause(counting, said, wanted) or by_name(counting, said, wanted)
        if (told := meant or _told_by_words(said, stated, text, wanted)) is not None:
            return told
    if len(stated) < len(numbers):
        return stated[0]
    found = numerals.first(said)
    return found[2] if found else None


def _of_equation(said: str, wanted: Asked) -> str | None:
    """What stands behind the last `=` of a sentence, or of several results the one asked for."""
    before, equals, value = said.rpartition("=")
    value = _without_brackets(value)
    found = numerals.first(value) if equals else None
    if found is not None and not _SO.search(value):
        several = list(numerals.numbers(value))
        clear = len(several) > 1 and not wanted.compared and not _MORE.match(value, several[0][1])
        meant = picked(several, value, wanted) if clear else None
        if meant is not None and not numerals.is_compound(value):
            return meant
        restated = _EQUAL_TO.search(value)
        if restated:
            return (numerals.first(restated[1]) or found)[2]
        return _result_asked_for(said, wanted) if "=" in before and wanted.noun else found[2]
    return None


def _told_by_form(said: str, wanted: Asked) -> str | None:
    """The one percentage, share or number in another unit of a sentence, where such is asked for."""
    everywhere = list(numerals.numbers(said))
    if (percentage := _only_where(everywhere, said, _IN_PERCENT)) and wanted.percentage:
        return percentage
    unknown = [one for one in everywhere if one[2] not in wanted.given]
    if wanted.each and wanted.given and (share := _only_where(unknown, said, _EACH)):
        return share
    return _converted(said, wanted)


def _told_by_words(said: str, stated: list[str], text: str, wanted: Asked) -> str | None:
    """Which of several stated numbers is the result by the words before it, the equations before or what is new."""
    results = [result[2] for match in list(_RESULT.finditer(text))[-3:] if (result := numerals.first(match[1]))]
    calculated = next((value for value in stated if value in results), None)
    for pattern in (_COMES_TO, _BRINGING, _TOTAL, _IN_ALL, _SHARE, _DIFFERENCE, _EQUAL_TO, _IT_EQUALS):
        match = pattern.search(said)
        found = numerals.first(match[1]) if match else None
        if found and (pattern is not _TOTAL or calculated is None or found[2] in results):
            return found[2]
    copula = list(_IS.finditer(said)) if _SUBJECT.match(said) else []
    if copula and (found := numerals.first(copula[-1][1])):
        return found[2]
    if calculated is not None:
        return calculated
    if (end := _AT_END.search(said)) and (found := numerals.first(end[1])):
        return found[2]
    new = {value for value in stated if value not in wanted.given}
    if wanted.given and len(new) == 1:
        return new.pop()
    return None


def _converted(said: str, wanted: Asked) -> str | None:
    """The number in brackets that alone counts what is asked: "1.5 hours (90 minutes)" for "How many minutes?"."""
    brackets = _BRACKETS.findall(said)
    outside = list(numerals.numbers(_BRACKETS.sub(" ", said)))
    if (
        not wanted.noun
        or len(brackets) != 1
        or len(outside) != 1
        or not counts_another(_BRACKETS.sub(" ", said), wanted)
    ):
        return None
    inside = list(numerals.numbers(brackets[0]))
    return picked(inside, brackets[0], wanted) if len(inside) == 1 else None


def _only_where(numbers: list[tuple[int, int, str]], said: str, behind: re.Pattern[str]) -> str | None:
    """The one value of a sentence's numbers (begin, end, value) behind which a pattern stands."""
    values = {value for _, end, value in numbers if behind.match(said, end)}
    return values.pop() if len(values) == 1 else None


def _result_asked_for(said: str, wanted: Asked) -> str | None:
    """Of several results ("22 - 15 = 7 sweet and 75 - 54 = 21 salty ones") the one asked for, else the last."""
    results = [
        (match.start(1) + found[0], match.start(1) + found[1], found[2])
        for match in _RESULT.finditer(said)
        if (found := numerals.first(match[1]))
    ]
    return picked(results, said, wanted) or (results[-1][2] if results else None)


def drawn(said: str) -> str | None:
    """The last of several sentences, where it draws a conclusion from the others."""
    last = next(spans.last_sentences(said), "")
    return last if _concludes(last) else None


def total(said: str) -> str | None:
    """The total that a list of numbers ends in: "50 petunias and 90 geraniums, for a total of 140"."""
    match = _TOTAL.search(said)
    found = numerals.first(match[1]) if match else None
    return found[2] if found else None


def _concludes(sentence: str) -> bool:
    return _THEREFORE.match(sentence) is not None and any(map(str.isdigit, sentence))


def _ends_in_result(sentence: str) -> bool:
    """ "It matches, so she has 96 crayons." """
    begin = max((match.end() for match in _SO.finditer(sentence)), default=len(sentence))
    return any(map(str.isdigit, sentence[begin:]))


def _unreserved(sentences: list[str], wanted: Asked) -> list[str]:
    """Without a last sentence that only qualifies the conclusion before it ("However, he had only $4."), tells of
    another thought or of another thing ("He also had 21 salty ones.") or repeats what was given."""
    sentences = _without_side_facts(_without_recap(sentences, wanted), wanted)
    if len(sentences) > 1 and any(map(str.isdigit, sentences[1])):
        aside = (
            _OTHER_THOUGHT.match(sentences[0])
            or ("=" not in sentences[0] and _UNNEEDED.search(sentences[0]))
            or _COMPARISON.match(sentences[0])
            or (wanted.given and not wanted.percent and _PERCENT.search(sentences[0]))
        )
        if (
            aside
            or _only_conditional(sentences[0])
            or tells_other_part(sentences[0], sentences[1], wanted)
            or _supposes(sentences[0], wanted)
            or _of_another(sentences, wanted)
        ):
            return sentences[1:]
    if len(sentences) > 1 and _RESERVATION.match(sentences[0]) and not _DRAWN.search(sentences[0], 8):
        return sentences[1:] if _concludes(sentences[1]) or _ends_in_result(sentences[1]) else sentences
    return sentences


def _without_recap(sentences: list[str], wanted: Asked) -> list[str]:
    """Without sentences at the end that repeat only given numbers: all behind an answer that opens the text, else one
    in brackets or a bare list ("60 seeds, 10 to a bed.")."""
    if not wanted.given:
        return sentences
    rest = list(itertools.dropwhile(lambda one: _repeats(one, wanted) and not _BARE.fullmatch(one), sentences))
    if len(rest) == 1 and not _ON_THE_WAY.match(rest[0]) and (_tells_more(rest[0], wanted) or _BARE.fullmatch(rest[0])):
        return rest
    if len(sentences) > 1 and _repeats(sentences[0], wanted) and _tells_more(sentences[1], wanted):
        return sentences[1:] if _LIST.match(sentences[0]) else sentences
    return sentences


def _repeats(sentence: str, wanted: Asked) -> bool:
    """Whether a sentence draws nothing and holds only given numbers, not a single one that counts what is wanted."""
    said = numerals.plain(sentence).replace("/", " ")
    numbers = list(numerals.numbers(said))
    if _GOES_ON.search(said) or numerals.in_words(said) or {value for _, _, value in numbers} - wanted.given:
        return False
    return len(numbers) != 1 or picked(numbers, said, wanted) is None


def _tells_more(sentence: str, wanted: Asked) -> bool:
    """Whether a sentence states a number that the question did not give."""
    said = numerals.plain(sentence)
    return not {value for _, _, value in (*numerals.numbers(said), *numerals.all_in_words(said))} <= wanted.given


def _without_side_facts(sentences: list[str], wanted: Asked) -> list[str]:
    """From a conclusion on that states what was asked in its words ("So she has 15 more."), where the sentences behind
    it count other things ("In total there are 65.")."""
    for index, sentence in enumerate(sentences[:_SIDE_FACTS]):
        said = numerals.plain(sentence)
        if (
            index
            and (_THEREFORE.match(said) or (wanted.compared and IN_TOTAL.search(sentences[0])))
            and _states_asked(said, wanted)
        ):
            return sentences[index:]
        if not counts_another(said, wanted):
            break
    return sentences


def _states_asked(said: str, wanted: Asked) -> bool:
    """Whether a sentence has just one number that counts what was asked for, or tells a difference asked for."""
    difference = wanted.compared and "difference" in said
    return difference or picked(list(numerals.numbers(said)), said, wanted) is not None


def _supposes(sentence: str, wanted: Asked) -> bool:
    """Whether a sentence supposes what the question did not give: "If a bag held 4, it would be 7."."""
    match = _SUPPOSED.match(sentence)
    supposed = {value for _, _, value in numerals.numbers(match[1])} if match else set[str]()
    return "=" not in sentence and bool(wanted.given and supposed - wanted.given)


def _only_conditional(sentence: str) -> bool:
    """Whether a sentence has numbers only in what it begins with: "Since the hall seats 44, some had to stand."."""
    condition = CONDITION.match(sentence)
    return condition is not None and not any(map(str.isdigit, sentence[condition.end() :]))


def _of_another(sentences: list[str], wanted: Asked) -> bool:
    last, before = sentences[:2]
    named = _NAMES.match(last)
    if named and named[1] not in wanted.names | _PRONOUNS and wanted.who and wanted.who in before:
        return wanted.who not in last
    if _counts_in_parallel(last, wanted) is False and _counts_in_parallel(before, wanted):
        return _OPERATOR.findall(last) == _OPERATOR.findall(before)
    if wanted.each and "=" not in last and _SHARED.search(before) and not _SHARED.search(last) and not _concludes(last):
        return True
    last, before = last.casefold(), before.casefold()
    others = any(which in before and which not in last for which in wanted.which)
    return others and _ALSO.match(last) is not None and _ends_in_result(before)


def _counts_in_parallel(line: str, wanted: Asked) -> bool | None:
    """Whether the result of an equation counts what is asked: "9 pens - 2 pens = 7 pens"; None for any other line."""
    equation = _EQUATION.fullmatch(line) if wanted.noun else None
    return None if equation is None else not counts_another(f"1 {equation[1]}", wanted)


def _without_brackets(sentence: str) -> str:
    """The sentence without "(3 dogs x 5 kg)", where numbers are left without it."""
    rest = _BRACKETS.sub(" ", sentence)
    return rest if any(map(str.isdigit, rest)) else sentence


def _without_given(sentence: str, wanted: Asked) -> str:
    """The sentence without brackets that only repeat what was given: "six beds (60 seeds, 10 to each)"."""
    inside = {value for said in _BRACKETS.findall(sentence) for _, _, value in numerals.numbers(said)}
    rest = _BRACKETS.sub(" ", sentence)
    return rest if inside and inside <= wanted.given and numerals.in_words(rest) else sentence


def _up_to_clause(sentence: str, begins: re.Pattern[str]) -> str:
    """The sentence without a last clause ("…, because 1/5 of $100 is $20"), where numbers are left without it."""
    clause = begins.search(sentence)
    rest = sentence[: clause.start()] if clause else sentence
    return rest if any(map(str.isdigit, rest)) else sentence


def _without_condition(sentence: str) -> str:
    """The sentence without what it begins with: "If he had 9 and has 4 now, …", "She pays with $10, so …"."""
    condition = max(_SO.finditer(sentence), key=lambda match: match.start(), default=CONDITION.match(sentence))
    rest = sentence[condition.end() :] if condition else ""
    return rest if any(map(str.isdigit, rest)) or numerals.in_words(rest) else sentence


def unchecked(text: str) -> str:
    """The text up to the line or sentence that begins to check the answer."""
    check = _CHECK.search(text)
    return _up_to(text, check.start()) if check else text


def _without(aside: re.Pattern[str], text: str) -> str:
    """The text up to a sentence on what was not asked, where a result stands before it."""
    for match in aside.finditer(text):
        before = _up_to(text, match.start())
        if len(before) < len(text) and _RESULT.search(before):
            return before
    return text


def _up_to(text: str, place: int) -> str:
    """The text before the sentence or line (its number included) that holds a place, if any digit stands there."""
    begin = max(text.rfind(end, 0, place) for end in ("\n", ". ", "! ", ".\n"))
    line = text.rfind("\n", 0, place) + 1
    if _ONLY_MARKER.fullmatch(text, line, begin + 1):
        begin = line
    return text[:begin] if begin > 0 and any(map(str.isdigit, text[:begin])) else text
