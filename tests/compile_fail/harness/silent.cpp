int x = "no word is expected here";
