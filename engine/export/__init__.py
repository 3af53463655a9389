"""What goes back into the systems that gaiji came from: replacement fonts and bitmaps of the confirmed MJ."""
