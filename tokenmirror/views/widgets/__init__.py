"""Small reusable parts of the pages; none of them knows numpy or pyqtgraph."""
