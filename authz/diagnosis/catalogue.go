package diagnosis

var catalogue []Entry

var byCode = map[Code]Entry{}
