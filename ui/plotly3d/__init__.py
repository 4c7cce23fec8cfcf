"""A plotly figure that is redrawn in place: same node, same camera, no blank frame.

`st.plotly_chart` builds a figure anew at every change and forgets how the visitor has turned it. This one
keeps it, plays paths step by step in the browser, and says which point was clicked.
"""

from ui.plotly3d.assets import ROUTES
from ui.plotly3d.component import Click, Play, clicked, plotly3d, step_shown

__all__ = ["ROUTES", "Click", "Play", "clicked", "plotly3d", "step_shown"]
