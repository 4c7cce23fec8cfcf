"""Plans for a class of 45 or 90 minutes: where to go, how long, what to say, what to ask, what to expect.

Students are told a step's page and what to do there, and the words of its exit questions; nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """What the teacher asks, and what a good answer says."""

    text: str
    expected: str


@dataclass(frozen=True)
class Step:
    """`file`: its page below pages/, "" where everybody talks. `todo` is all that students read of it."""

    minutes: int
    file: str
    todo: str
    say: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class LessonPlan:
    """The questions of its last step are the exit questions."""

    goal: str
    steps: tuple[Step, ...]

    @property
    def minutes(self) -> int:
        return sum(step.minutes for step in self.steps)

    @property
    def exit_questions(self) -> tuple[str, ...]:
        return tuple(question.text for question in self.steps[-1].questions)


_HOME = Step(
    3,
    "home.py",
    "follow one digit through the machine",
    "Nobody wrote down what a 7 looks like. Watch one digit pass: data, machine, criterion. Then switch to "
    "before training.",
    (
        Question(
            "Which of the three did training change?",
            "The machine's numbers alone. Data and criterion are as they were.",
        ),
        Question(
            "How often is it right before training?",
            "About 1 time in 10: it guesses among ten digits. Its loss is near ln 10 = 2.30.",
        ),
    ),
)
_DRAW = Step(
    7,
    "mnist/draw.py",
    "break it",
    "In pairs. First get a 7 recognised, then make the network fail. Write down what broke it.",
    (
        Question(
            'For a B it says "8, 97 %". What do the 97 % mean?',
            "A share of a vote among ten digits. It must pick one; it is no chance of being right.",
        ),
        Question(
            "What broke it, and why?",
            "What it was not trained on: a corner, a letter, a 7 with a bar. Preparing the drawing is part "
            "of the model.",
        ),
    ),
)
_TRAIN = Step(
    15,
    "mnist/train.py",
    "preset Class, a run each",
    "Choose the preset Class: 12,000 images, one epoch. Before you start, guess how many of 100 new digits "
    "it will read. While it trains, watch the twelve digits, then the loss.",
    (
        Question(
            "What happens in one step?",
            "It predicts, measures the loss, finds each weight's share of the blame, and nudges it.",
        ),
        Question(
            "98.3 or 98.4 % of 10,000 test digits: which run is better?",
            "Nobody knows. The 95 % band of one such result is about ±0.25 points: within chance.",
        ),
    ),
)
_LANDSCAPE = Step(
    10,
    "mnist/loss_surface.py",
    "your own path",
    "Choose your own run and play its path. This is a flat cut: two directions of all that the weights have.",
    (
        Question(
            "The path ends beside the lowest point. Has training failed?",
            "No. The picture leaves out all directions but two; the page says how much of the way it holds.",
        ),
        Question(
            "Where are its steps long, where short?",
            "Long at first, where the slope is steep; short at the end.",
        ),
    ),
)
_OWN = Step(
    5,
    "mnist/draw.py",
    "your own network reads your hand",
    "Choose your own run to read your drawing. Try again what broke the lab's network.",
    (
        Question(
            "Whose network reads you better, and why?",
            "Mostly the lab's: it saw more digits, and each of them more often. Yours saw 12,000 once.",
        ),
    ),
)
_EXIT = (
    Question(
        "Which did training change: the data, the machine or the criterion?",
        "The machine: its weights.",
    ),
    Question(
        'A network says "7, 97 %". What does that mean?',
        "7 has 97 % of the vote among the ten answers it knows. It says nothing of how often it is right.",
    ),
    Question(
        "Two runs differ by 0.1 points. What would you do before you call one better?",
        "Repeat both with other seeds: only a difference above the noise floor says something.",
    ),
)
_PATCH = Step(
    15,
    "black_patch/train.py",
    "the trap",
    "Train with the preset The book until its own test says 100 %. Before you look at the map: in how many "
    "of the 25 places will it find the patch?",
    (
        Question(
            "Its test says 100 %, the fair test some 76 %. Which patches does it miss?",
            "Those off the diagonals: it never saw one there, and its own test has none there either.",
        ),
        Question(
            "Whose fault is it: the network's or the data's?",
            "The data's. Training and test were drawn alike, so the test could not show the hole.",
        ),
    ),
)
_INSIDE = Step(
    12,
    "black_patch/inside.py",
    "press Step, say it aloud",
    "Press Step and read each caption aloud. Follow one weight: what flowed through it, and what error came "
    "back.",
    (
        Question(
            "It says p = 0.9 and the label is 1. What is the error at the output?",
            "p − y = −0.1: the output should have been higher.",
        ),
        Question(
            "Why does a weight under the black patch get hardly any blame?",
            "Blame is error × what flowed through. Black is nearly 0, so nothing flowed.",
        ),
    ),
)
_RACE = Step(
    8,
    "optimizers/race.py",
    "same hill, different step rule",
    "Guess the order of arrival before you press play. Then move the start.",
    (
        Question(
            "A bowl curves with λ = 30. SGD has lr 0.1. What happens?",
            "It explodes: the limit is 2/λ = 0.067.",
        ),
        Question("Does one rule always win?", "No: another hill or another start, another winner."),
    ),
)
_FILTERS = Step(
    8,
    "mnist/activations.py",
    "one map, one sum",
    "Click a map: its filter's weights, a patch of the digit, one sum. The filter slides; the sums are the "
    "map.",
    (
        Question(
            "A map is all 0 for your digit. Is its filter useless?",
            "No: its pattern is not in this digit. Look before the ReLU, or at another digit.",
        ),
    ),
)


def _exit(minutes: int, questions: tuple[Question, ...]) -> Step:
    say = "Answer in My work, each for yourself. Nothing is graded. Download your work to hand it in."
    return Step(minutes, "", "Exit questions", say, questions)


# By their minutes.
LESSON_PLANS: Mapping[int, LessonPlan] = {
    45: LessonPlan(
        "Learned from examples: predict, measure, blame, nudge. And a share of votes is not sureness.",
        (_HOME, _DRAW, _TRAIN, _LANDSCAPE, _OWN, _exit(5, _EXIT)),
    ),
    90: LessonPlan(
        "The same, and: 100 % on a test can hide half the task; one weight's blame is a product.",
        (
            *(_HOME, _DRAW, _PATCH, _INSIDE, _TRAIN, _RACE, _LANDSCAPE, _FILTERS, _OWN),
            _exit(
                7,
                (
                    *_EXIT,
                    Question(
                        "A network has 100 % on its test. How could it still miss half of its task?",
                        "If the test has the same hole as the training data. Test on cases drawn otherwise.",
                    ),
                ),
            ),
        ),
    ),
}
