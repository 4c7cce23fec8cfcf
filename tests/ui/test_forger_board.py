"""The board of the game in the plane: what it tells its page, and what it shows where nothing is known."""

from __future__ import annotations

from pathlib import Path

from tests.ui.node import needs_node, run

FILES = ["ask.js", *(f"forger/{name}.js" for name in ("lane", "paint", "story", "own", "knobs", "forger"))]
GAME = """
Object.defineProperty(FakeElement.prototype, "lastElementChild", { get() { return this.children.at(-1); } });
globalThis.performance = { now: () => 0 };
globalThis.fetch = () => new Promise(() => {});  // its answer is never there
const parts = "play slow spot story number curve scrub words plane own take-back clear".split(" ");
const root = made("div", "forger", null, parts.map(name => ["div", name]));
const scores = ["modes", "good", "d", "g", "real", "fake"];
for (const name of scores) made("div", `score ${name}`, root, [["b", ""]]);
const sent = [], data = { real: { ring: [] }, turn: 0 };
const config = { data: "ring", g_steps: 1, d_steps: 1 };
const board = Object.assign(Object.create(Board.prototype), {
  root, config, own: [], shown: 0, turn: 0, note: "", story: null, playing: false, painted: 0, knobs: {},
  painter: { paint() {} },
  find: name => root.querySelector(`.${name}`), restyle() {}, wake() {},
  component: { data, setStateValue: (name, value) => sent.push([name, value]) },
  lane: new Lane({ frames: "frames", tells: "tells", most: 20000 }, config, () => [], () => {}),
});
const frame = step => ({ step, scores: Float32Array.of(1, 1, 0.5, 0.5, 0.1, 3, 0.25) });
const play = (from, to) => {
  for (let step = from; step <= to; step += 5) board.lane.frames.push(frame(step));
  board.shown = to;
};
const soon = () => new Promise(setImmediate);
"""


@needs_node
def test_a_game_that_another_ends_is_told_no_more(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        FILES,
        GAME
        + """
        play(0, 600);
        board.tellSeen();
        const [name, { config: played, rows }] = sent.pop();
        board.playing = true;
        board.given({ turn: 1, still: 0, config: { data: "ring", g_steps: 10, d_steps: 1 } });
        told([name, played.g_steps, rows.at(-1)[0], sent, board.config.g_steps, board.playing]);
        """,
    )
    assert said == ["seen", 1, 600, [], 10, False]


@needs_node
def test_a_game_that_was_changed_on_its_way_is_none_of_its_configs(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        FILES,
        GAME
        + """
        const tells = () => { sent.length = 0; board.tellSeen(); return sent.length; }, found = [];
        board.change({ g_steps: 5 });  // nothing was played yet
        play(0, 600); found.push(tells());
        board.lane.single(600, 0); found.push(tells());  // a step of both is one of the game
        board.change({ g_steps: 10 });
        play(605, 1200); found.push(tells());
        board.change({ g_steps: 5 }); found.push(tells());
        board.lane.begin(board.config); play(0, 600); found.push(tells());
        board.lane.single(600, 2); found.push(tells());
        told(found);
        """,
    )
    assert said == [1, 1, 0, 0, 1, 0]


@needs_node
def test_each_config_is_told_with_the_turn_of_its_board(tmp_path: Path) -> None:
    script = """
        board.change({ g_steps: 10 }); passes(400);
        board.given({ turn: 1, still: 0, config });
        board.change({ g_steps: 10 }); passes(400);
        told(sent.map(([name, value]) => [name, value.g_steps, value.turn]));
        """
    said = run(tmp_path, FILES, GAME + script)
    assert said == [["config", 10, 0], ["config", 10, 1]], "the same again would not be heard"


@needs_node
def test_without_a_frame_no_score_stands_there(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        FILES,
        GAME
        + """
        const tiles = () => {
          board.say(null);
          return root.querySelectorAll(".score").map(one => one.lastElementChild.textContent);
        };
        play(0, 5);
        const known = tiles();
        setOwn(board, []);
        told([known, tiles()]);
        """,
    )
    assert said == [["3 of 8", "25 %", "1.000", "1.000", "0.500", "0.500"], ["–"] * 6]


@needs_node
def test_a_step_in_slow_motion_is_of_the_moment_shown(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        FILES,
        GAME
        + """
        play(0, 500);
        board.shown = 498.2;
        board.lane.over = true;
        const asked = [], answer = { count: 0, heat: "", scores: "", fakes: "", cloth: "", arrows: "" };
        let reply;
        globalThis.fetch = (address, { body }) => {
          asked.push(JSON.parse(body).ahead);
          return new Promise(go => { reply = go; });
        };
        (async () => {
          beginStory(board);
          board.goTo(100);
          reply({ ok: true, json: async () => answer });
          await soon();
          told([asked, board.shown, board.story]);
        })();
        """,
    )
    assert said == [[495], 100, None]


@needs_node
def test_the_plane_is_named_anew_only_while_it_stands(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        FILES,
        GAME
        + """
        const name = step => {
          board.speak(step, frame(step).scores);
          return board.find("plane").getAttribute("aria-label");
        };
        const first = name(5);
        board.playing = true;
        const playing = name(10);
        board.playing = false;
        told([first === playing, name(10)]);
        """,
    )
    assert said == [True, "The plane at step 10: 25 % of the fakes are good."]


@needs_node
def test_own_points_close_the_story_and_undo_keeps_the_focus(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        FILES,
        GAME
        + """
        board.config = { ...config, data: "own" };
        wireOwn(board);
        setOwn(board, [[1, 1]]);
        board.story = { stage: 0 };
        const undo = board.find("take-back");
        undo.focus(); undo.onclick();
        const after = [board.own.length, board.story, focused === undo, undo.getAttribute("aria-disabled")];
        board.shown = 7; undo.onclick();  // nothing is left
        told([after, board.shown]);
        """,
    )
    assert said == [[0, None, True, "true"], 7]
