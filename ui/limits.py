"""What anybody may send, and why no more. Every limit of the HTTP border stands here."""

from __future__ import annotations

MB = 1_000_000  # bytes

# --- Requests ---------------------------------------------------------------------------------

REQUEST_SECONDS = 20.0  # for its head to come
CONNECTIONS_PER_ADDRESS = 1_000  # that are no page: a browser has six while it opens one
FORM_BYTES = 1_000  # a form of ours holds one short code
INK_BYTES = 4_900  # a stroke that goes on: 70 × 70 grey levels
PLAYED_BYTES = 60_000  # a board's config, its own points, and the weights of a moment with what is kept of it
STACK_BYTES = 2_000  # a config of the stack of layers
FORGED_BYTES = 330_000  # a game's config, points of one's own, both networks and what Adam keeps of them

# Uploads are held in memory until their page is left: see ui/uploads.py. A page takes one file of 20 MB,
# and may replace it.
UPLOADED_PER_SESSION = 25 * MB
UPLOADED_IN_ALL = 250 * MB
UPLOADED_PER_ADDRESS = 150 * MB  # a class behind one has 5 MB each
BODY_SECONDS = 20.0  # for a request to come whole, and what it takes at so many bytes a second
BODY_BYTES_A_SECOND = 100_000

# --- Drawings that outlive a reload ------------------------------------------------------------

# In memory, one of each visitor. Who drew longest ago at the address with the most is forgotten first: see
# ui/shelf.py.
SKETCHES = 256
SKETCH_LETTERS = 64_000  # of a drawing's strokes, and of its picture
HANDS = 128  # with at most 157 kB each

# --- Pictures that somebody brings ------------------------------------------------------------

# In memory: 320 pixels a side at most, some 15 kB each. A class of thirty and its teacher have a place each.
ALBUMS = 32
ALBUM_BYTES = 8 * MB
FEATURES_KEPT = 20_000  # of 5 kB each

# --- Messages of a page -----------------------------------------------------------------------

# A dragged slider sends some twenty messages a second, a live page two, a measuring program that waits for
# each answer some fifty; a class of thirty behind one address has been measured at 24 a second. Strokes that
# go on do not pass here: an address may ask for as many votes again, see ui/live_vote.py.
MESSAGE_BYTES = 2_200_000  # a page holds what has come of one; all that a page's widgets say is far less
MESSAGE_COUNTS_PER_BYTE = 1e-5  # a long one is read for longer: one of 2 MB counts for twenty
MESSAGES_AT_ONCE = 30
MESSAGES_PER_SECOND = 60.0
MODEST_AT_ONCE = 4.0  # what a page may always send, whatever others of its address do
MODEST_PER_SECOND = 5.0
MESSAGES_AT_ONCE_BY_ADDRESS = 120
MESSAGES_PER_SECOND_BY_ADDRESS = 120.0
PAGE_IN_MESSAGES = 8.0  # what opening a page takes of its address' share: thirty may open at once
# Who hurries waits until it pauses, and shares this with all other hasty pages of its address.
HASTY_AT_ONCE = 10.0
HASTY_PER_SECOND = 0.25
PAUSE_SECONDS = 0.3
HASTY_SECONDS = 30.0  # after so long in haste without a pause the page is closed
TAKEN_SECONDS = 1.0  # a browser that takes a message in less keeps nobody waiting
READ_SECONDS = 30.0  # a browser that has not taken a message for so long is closed

# What pages redraw by themselves, all together: some 20 ms of one core each. With thirty that watch their
# trainings each is redrawn every one and a half seconds; ten and fewer wait for nobody.
TICKS_PER_SECOND = 20.0
TICK_GIVES_WAY_SECONDS = 2.0  # a part that was redrawn since waits while somebody is answered
TICK_EARLY_SECONDS = 0.1  # that one may come before its time: a browser's clock is not exact
TICKING_PARTS = 32  # of one page that are remembered

# --- What is begun ----------------------------------------------------------------------------

# Of one visitor: whoever begins and stops without end keeps others from nothing, but costs a row and a
# process's turn each time.
RUNS_PER_SECOND = 0.2
RUNS_SAVED_SECONDS = 100.0  # of that rate: twenty
TASKS_PER_SECOND = 10.0  # a surface is asked for in six parts
TASKS_SAVED_SECONDS = 30.0

# --- Worksheets -------------------------------------------------------------------------------

SHEETS_PER_SECOND = 2.0  # of one visitor: a page each
SHEETS_SAVED_SECONDS = 10.0

# --- The playground ---------------------------------------------------------------------------

# A hundred epochs of the usual network are 2,500 steps and take some 50 ms of one core. A board that plays
# asks once in ten seconds, one whose knobs are turned with every change.
PLAYED_EPOCHS = 400  # in one answer
WAITING_PER_ADDRESS = 60  # boards are answered one by one: each of a class of thirty may ask twice
WAITING_PER_VISITOR = 20  # the others of the address have the rest
WAITING_IN_ALL = 240  # who waits holds a body
PLAYED_STEPS = 5_000  # that a page trains for its cards
PLAYED_WORK = 20_000  # steps × layers in one answer: at most some 0.4 s, unless one epoch is longer
PLAYED_NUMBERS = 25_000  # weights in an answer that is kept: 0.15 MB
PLAYED_ANSWERS = 100  # kept for who asks the same
PLAYS_PER_SECOND = 3.0  # of one visitor, or of all at an address who have no page open
PLAYS_SAVED_SECONDS = 8.0  # of that rate: knobs are turned in bursts
PLAYS_PER_CPU_SECOND = 20.0  # questions that a second of work counts for: nobody takes over a sixth of a core
# A stack of 10 layers of 64 takes some 12 ms of one core, the largest some 70. It is asked for with every
# place that a slider passes.
STACKS_PER_SECOND = 10.0
STACKS_SAVED_SECONDS = 6.0
STACKS_PER_CPU_SECOND = 60.0  # nobody takes over a sixth of a core

# --- The game in the plane -----------------------------------------------------------------------

# A step of the usual networks takes some 2 ms of one core. A board that plays asks once in some seconds.
FORGED_STEPS = 400  # in one answer
FORGED_WORK = 2 * 10**9  # updates × batch × weights in one answer: at most about a second
FORGED_FRAMES = 100  # in one answer, of some 4 kB each
FORGED_ANSWERS = 60  # kept for who asks the same, of 0.3 MB

# --- Tensors ----------------------------------------------------------------------------------

TRACED_BYTES = 2_000  # an expression and the values of its leaves
# A graph takes some 3 ms. A dragged slider asks for the next when it has the last, 20 times a second at most.
TRACES_PER_SECOND = 20.0  # of one visitor
TRACES_PER_CPU_SECOND = 100.0  # that a second of work counts for
TRACES_SAVED_SECONDS = 5.0  # of that rate: sliders are dragged in bursts

# --- Pages open at once -----------------------------------------------------------------------

DESCRIPTORS_PER_PAGE = 4  # its socket, and the event loop of its script
DESCRIPTORS_KEPT = 90  # for the database, the workers' pipes, files and pages on their way in
DESCRIPTORS_WANTED = 8_192
PAGES_PER_ADDRESS = 240  # a class behind one address
PAGES = 600

# A class comes in at once, some of it with two pages. Others do while those inside are answered soon: on two
# slow cores some seventy are, on a fast machine more.
CLASS_PAGES = 45
CLASS_PAGES_PER_ADDRESS = 15  # that others of a class lose to one address
SOON_SECONDS = 0.3
SLOW_ANSWERS = 5  # people, and one in ten of them, within:
LOOK_BACK_SECONDS = 10.0
ANSWERED_SECONDS = 30.0  # who waits longer waits for what never comes
ADMITTED_AT_ONCE = 4  # what they do is seen before more come in
ADMITTED_PER_SECOND = 0.5
INSIDE_SECONDS = 2 * 3600.0  # for so long nobody who was inside has to stand in line
INSIDE_REMEMBERED = 5_000
COMING_SECONDS = 30.0  # that a browser may take from the document to its page
IN_LINE_PER_ADDRESS = 60
ASK_AGAIN_SECONDS = 20
NEXT_ASKS_SECONDS = 3

# --- Codes ------------------------------------------------------------------------------------

WRONG_CODES = 10  # of one address, per WINDOW_SECONDS: nobody guesses 31 ** 8
TEACHER_CODES = 5  # wrong ones of an address, likewise
WINDOW_SECONDS = 60.0
REFUSED_SECONDS = 1.0  # until somebody hears that a code was one too many: who asks on and on is slowed down

# --- Addresses --------------------------------------------------------------------------------

ADDRESSES_REMEMBERED = 1_000  # for guessed codes, for haste that ended with a page, for who got through

# --- Memory -----------------------------------------------------------------------------------

NETWORKS, LARGE_NETWORKS = 32, 4  # that stay read, as modules and once more ready to serve
LARGE_NETWORK_BYTES = 4 * MB
NETWORK_SECONDS = 1_200.0  # that one stays read: a class trains anew each lesson, and leaves the last one's
