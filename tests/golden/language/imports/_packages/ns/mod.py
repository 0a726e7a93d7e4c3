v = "in namespace package"
