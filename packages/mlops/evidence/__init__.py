"""Facts for an audit: what was proved about which templates, with what, and when."""
