print("flashctl")
