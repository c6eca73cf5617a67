// TestSupport: what tests share. It may import anything; nothing that ships may import it.
