"""The board of activations and gradients: what it asks again, what it tells its page, and how it writes."""

from __future__ import annotations

from pathlib import Path

from tests.ui.node import needs_node, run

FILES = [f"signals/{name}.js" for name in ("paint", "curve", "knobs", "signals")]
STACK = """
const root = made("div", "signals", null, [["p", "reading"], ["p", "power"]]);
root.isConnected = true;
const sent = [], curve = { values: [0, 1], slopes: [-0.1, 0.5], steepest: 1 };
const board = Object.assign(Object.create(Board.prototype), {
  root, config: { activation: "gelu", depth: 3 }, turn: 0, curve, place: 0, colours: {}, show() {},
  find: name => root.querySelector(`.${name}`) ?? made("div", name, root),
  component: {
    data: { asks: "asks", curves: { gelu: curve }, knobs: { activation: { steps: [["gelu", "GELU"]] } } },
    setStateValue: (name, value) => sent.push(value),
  },
});
"""


@needs_node
def test_a_question_that_the_network_lost_is_asked_again(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        FILES,
        STACK
        + """
        const soon = () => new Promise(setImmediate), asked = [];
        globalThis.fetch = async (address, { body }) => {
          asked.push(JSON.parse(body).config.depth);
          if (asked.length < 3) throw new TypeError("away");
          return { ok: true, status: 200, json: async () => "there" };
        };
        (async () => {
          await board.ask();
          board.config = { ...board.config, depth: 4 };
          await board.ask();  // a change meanwhile: one waits, not two
          passes(AGAIN_AFTER); await soon(); passes(AGAIN_AFTER); await soon();
          told([asked, board.answer]);
        })();
        """,
    )
    assert said == [[3, 4, 4], "there"]


@needs_node
def test_each_config_is_told_with_the_turn_of_its_board(tmp_path: Path) -> None:
    script = "board.tell(); passes(TELL_AFTER); board.turn = 1; board.tell(); passes(TELL_AFTER); told(sent);"
    said = run(tmp_path, FILES, STACK + script)
    config = {"activation": "gelu", "depth": 3}
    assert said == [config | {"turn": turn} for turn in (0, 1)], "the same again would not be heard"


@needs_node
def test_the_power_of_a_slope_below_0_is_written_in_brackets(tmp_path: Path) -> None:
    script = """
        const power = slope => {
          sayCurve(board, 0, 0, slope);
          return root.querySelector(".power").children[0].textContent;
        };
        told([-0.1, 0.5].map(power));
        """
    assert run(tmp_path, FILES, STACK + script) == ["(-0.100)³ = ", "0.500³ = "]
