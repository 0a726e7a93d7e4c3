_hid = 1
vis = 2
import sys
