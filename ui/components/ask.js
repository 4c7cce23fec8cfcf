// How a board asks the server. Where that was too much at once, or the server is away, it asks again as long as
// the answer is wanted.
const ASK_AGAIN = 1000;  // ms

// What the server said, or the sentence by which it refused. Neither if it is not wanted any more.
async function ask(address, question, wanted) {
  const body = JSON.stringify(question);
  while (wanted()) {
    try {
      const answer = await fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body });
      if (answer.ok) return { said: await answer.json() };
      if (answer.status !== 429) return { refused: await answer.text() };
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;  // the server is away: Streamlit says so
    }
    await new Promise(go => setTimeout(go, ASK_AGAIN));
  }
  return {};
}
