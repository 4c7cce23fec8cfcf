"""Everything pages share that knows Streamlit. It computes nothing."""
