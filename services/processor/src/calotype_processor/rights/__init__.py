"""Who made a picture and who has rights in it: what stays of metadata that is left out.

A file a kind of metadata; each reads what a stranger wrote, and writes anew, so that nothing else
can come through. Bytes to bytes: no decoder is needed.
"""
