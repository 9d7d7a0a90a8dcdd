"""The parts of the window round its pages: sidebar, header, menus, help."""
