"""The checker itself: content with what is right, and never with what was planted."""
