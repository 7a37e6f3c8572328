SELECT id, name FROM author WHERE false;
