"""A paper digit is held up to a camera; and where there is none, that is said."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.conftest import NewVisitor, Visitor
from tests.e2e.pages import AT_REST, is_there

# A camera that sees a 1, drawn on paper with a broad pen.
CAMERA = """(() => {
    const paper = document.createElement("canvas");
    [paper.width, paper.height] = [640, 480];
    const pen = paper.getContext("2d");
    const draw = () => {
        pen.fillStyle = "#e8e4da";
        pen.fillRect(0, 0, 640, 480);
        pen.strokeStyle = "#202630";
        pen.lineWidth = 34;
        pen.beginPath();
        pen.moveTo(318, 90);
        pen.lineTo(326, 390);
        pen.stroke();
        requestAnimationFrame(draw);
    };
    draw();
    navigator.mediaDevices.getUserMedia = async () => paper.captureStream(5);
})()"""
# It does: paper, and a pen in the middle.
SEES = """() => {
    const video = document.querySelector("[data-testid=stCameraInput] video");
    if (!video) return false;
    const picture = document.createElement("canvas").getContext("2d");
    const light = x => (picture.drawImage(video, -x, -240), picture.getImageData(0, 0, 1, 1).data);
    return video.videoWidth > 0 && light(100)[0] > 150 && light(322)[0] < 100 && light(322)[3] === 255;
}"""


def ask_for_the_camera(page: Page) -> None:
    is_there(page, "mnist/draw.py")
    expect(page.locator(".st-key-mnist_draw__prediction .reads b")).not_to_be_empty()
    page.wait_for_function(AT_REST)
    page.get_by_text("or hold one up to the camera").click()
    page.wait_for_function(AT_REST)
    page.locator(".st-key-mnist_draw__camera_on").get_by_text("Use the camera").click()


def test_a_digit_on_paper_is_read(new_visitor: NewVisitor) -> None:
    visitor = new_visitor(fresh=True)
    visitor.context.add_init_script(CAMERA)
    page = visitor.open("mnist_draw")
    ask_for_the_camera(page)
    page.wait_for_function(SEES)
    page.get_by_test_id("stCameraInputButton").click()
    expect(page.locator(".st-key-mnist_draw__prediction .reads b")).to_have_text("1")
    expect(page.locator(".st-key-mnist_draw__prediction")).to_contain_text("Your picture.")


def test_without_a_camera_the_page_says_so(visitor: Visitor) -> None:
    page = visitor.open("mnist_draw")
    ask_for_the_camera(page)
    expect(page.get_by_test_id("stCameraInput")).to_contain_text("This app would like to use your camera")
    expect(page.get_by_text("Browsers lend the camera to this machine itself")).to_be_visible()
