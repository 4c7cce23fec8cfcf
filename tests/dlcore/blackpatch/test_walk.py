"""One step by hand: its numbers are the network's own, and the caller's network stays as it is."""

from __future__ import annotations

import re
from copy import deepcopy

import pytest

from dlcore.blackpatch.images import Maker, make_probes
from dlcore.blackpatch.inside_cards import CARDS, Inside
from dlcore.blackpatch.inside_words import captions
from dlcore.blackpatch.network import Network, build_network, cross_entropy
from dlcore.blackpatch.show import STEPS
from dlcore.blackpatch.walk import Arrow, after, changes, follow, steadiest, walk, what_if, zeros
from dlcore.runs.jobs.blackpatch import load_network
from dlcore.runs.shipped import shipped_run

PROBES = make_probes(Maker())
PATCH, BLANK = PROBES.images[0], PROBES.images[-1]
LR = 0.01


@pytest.fixture(params=[[81, 8, 1], [81, 6, 5, 1]], ids=str)
def network(request: pytest.FixtureRequest) -> Network:
    return build_network(request.param, init=0.3, seed=3)


def shipped(which: str) -> Network:
    network, _ = load_network(shipped_run("black_patch").checkpoints[-1 if which == "trained" else 0])
    return zeros(network) if which == "zeros" else network


def test_the_loss_after_is_that_of_the_nudged_network(network: Network) -> None:
    before = deepcopy(network.layers[0].weights)
    taken = walk(network, PATCH, 1, LR)
    assert network.layers[0].weights == before
    nudged = after(network, PATCH, 1, LR, 1)
    assert taken.loss == cross_entropy(network.logit(PATCH), 1)
    assert taken.loss_after == cross_entropy(nudged.logit(PATCH), 1) < taken.loss


def test_an_arrow_tells_what_the_nudge_does_to_its_weight(network: Network) -> None:
    taken = walk(network, PATCH, 1, LR)
    for layer in range(len(network.layers)):
        arrow = Arrow(layer, 0, 2)
        numbers = follow(network, taken, arrow)
        assert numbers.weight == network.layers[layer].weights[0][2]
        assert numbers.weight_after == after(network, PATCH, 1, LR, 1).layers[layer].weights[0][2]
        assert numbers.gradient == numbers.blame * numbers.x


def test_the_gradient_is_the_slope_of_what_if(network: Network) -> None:
    taken = walk(network, PATCH, 1, LR)
    arrow = steadiest(taken)
    h = 1e-6
    below, here, above = what_if(network, PATCH, 1, arrow, (-h, 0.0, h))
    assert (above - below) / (2 * h) == pytest.approx(follow(network, taken, arrow).gradient, rel=1e-5)
    assert here == taken.loss


@pytest.mark.parametrize("which", ["fresh", "trained"])
def test_it_opens_on_a_weight_far_from_the_kink_that_has_a_say(which: str) -> None:
    taken = walk(shipped(which), PATCH, 1, LR)
    arrow = steadiest(taken)
    blames, sums = taken.blames[0], taken.sums[0]
    most = max(map(abs, blames))
    others = [z for z, blame in zip(sums, blames, strict=True) if 2 * abs(blame) >= most]
    assert sums[arrow.unit] == max(others) > 0
    assert abs(blames[arrow.unit]) >= most / 2 > 0
    assert taken.image[arrow.source] == max(taken.image)


@pytest.mark.parametrize("lr", [0.001, 0.01, 0.1, 1.0])
@pytest.mark.parametrize("which", ["fresh", "trained", "zeros"])
def test_what_is_written_is_right(which: str, lr: float) -> None:
    """The formulas are worked out once more, from the digits that stand there, as a reader would."""
    taken = walk(shipped(which), PATCH, 1, lr)
    for unit, pixel in ((3, 0), (9, 54), (40, 80)):
        arrow = Arrow(0, unit, pixel)
        spoken = captions(taken, arrow, follow(shipped(which), taken, arrow))
        for number in (1, 6, 7):
            left, right = spoken[number].formula.split("=")[-2:]
            left = re.sub(r"\\underbrace\{([^}]*)\}_\{.*?products\}\}", r"\1", left)
            left, right = (re.sub(r"\\cdot 10\^\{(-?\d+)\}", r"e\1", part) for part in (left, right))
            left = left.replace(r"\cdot", "*")
            digits = len(right.strip().partition("e")[0].partition(".")[2])
            found = eval(left, {"__builtins__": {}})
            assert float(f"{found:.{digits}{'e' if 'e' in right else 'f'}}") == float(right), (left, right)


def test_the_weight_is_seen_to_move() -> None:
    taken = walk(shipped("fresh"), PATCH, 1, 0.001)
    arrow = steadiest(taken)
    formula = captions(taken, arrow, follow(shipped("fresh"), taken, arrow))[7].formula
    found = re.search(r"= (?P<before>-?[\d.]+) - .* = (?P<after>-?[\d.]+)$", formula)
    assert found is not None
    assert found["before"] != found["after"]


def test_a_units_gradients_are_its_blame_times_the_pixels(network: Network) -> None:
    taken = walk(network, PATCH, 1, LR)
    for pixel in (0, 40, 80):
        arrow = Arrow.from_pixel(3, pixel // 9, pixel % 9, 9)
        assert arrow == Arrow(0, 3, pixel)
        assert arrow.to_pixel(9) == (3, pixel // 9, pixel % 9)
        assert taken.gradients(3)[pixel] == follow(network, taken, arrow).gradient


def test_the_chosen_change_is_among_those_that_are_drawn() -> None:
    assert len(changes(0.05)) == 41
    assert changes(0.37).index(0.37) == 28
    assert changes(0.37) == sorted(changes(0.37))


def test_the_captions_carry_this_steps_numbers(network: Network) -> None:
    taken = walk(network, BLANK, 0, LR)
    arrow = steadiest(taken)
    spoken = captions(taken, arrow, follow(network, taken, arrow))
    assert len(spoken) == STEPS
    assert "there is no patch" in spoken[0].text
    assert f"{taken.loss:.4f}" in spoken[4].formula
    assert f"{taken.loss_after:.4f}" in spoken[7].text


@pytest.mark.parametrize("name", CARDS)
def test_a_cards_set_up_shows_its_effect(name: str) -> None:
    setup = CARDS[name].setup
    network = shipped(setup["weights"])
    taken = walk(network, PATCH, 1, LR)
    finding = CARDS[name].see(Inside(setup["weights"], setup["picture"], network, taken, steadiest(taken)))
    assert finding is not None
    assert finding.shown, finding.text
    right = {"coin": "About 50 %", "black": "Zero", "slope": "Only the small one"}
    assert finding.right == right.get(name, "Never the first layer")


@pytest.mark.parametrize("name", CARDS)
def test_a_card_says_nothing_of_another_set_up(name: str) -> None:
    setup = CARDS[name].setup
    other = "trained" if setup["weights"] != "trained" else "fresh"
    network = shipped(other)
    taken = walk(network, BLANK, 0, LR)
    assert CARDS[name].see(Inside(other, "blank", network, taken, steadiest(taken))) is None
