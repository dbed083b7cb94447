package proxy

import (
	"fmt"
	"mime"
	"regexp"
	"strings"

	"sesgate/authz/diagnosis"
)

// entity is what the header of a message or a part says of it.
type entity struct {
	kind     string // media type in lower case; "" if it cannot be read
	boundary string // of a multipart
	file     string // name of the file that it holds
}

// matters reports whether there is anything to check in it.
func (e entity) matters() bool { return e.boundary != "" || e.file != "" || e.kind == "message/rfc822" }

// readEntity reads Content-Type and Content-Disposition. Where the file has two
// names the second header's counts (RFC 2183 section 2.3); what cannot be read for
// certain is left to SES.
func readEntity(data []byte, header []field) entity {
	var e entity
	var name string
	for _, f := range header {
		switch {
		case !describesPart(f.name):
		case strings.EqualFold(f.name, "Content-Type"):
			kind, params := mediaType(f.text(data))
			e.kind, name = kind, params["name"]
			if boundary := strings.TrimRight(params["boundary"], " "); strings.HasPrefix(kind, "multipart/") && len(boundary) <= maxBoundary {
				e.boundary = boundary
			}
		default:
			_, params := mediaType(f.text(data))
			e.file = params["filename"]
		}
	}
	if e.file == "" {
		e.file = name
	}
	e.file = strings.ToValidUTF8(decoded(e.file), "?")
	return e
}

// mediaType reads a value with parameters (RFC 2045 section 5.1, RFC 2231).
func mediaType(text string) (kind string, params map[string]string) {
	if strings.Contains(text, "*") {
		text = charset.ReplaceAllString(text, "${1}utf-8'")
	}
	kind, params, err := mime.ParseMediaType(text)
	if err != nil {
		return kind, nil
	}
	return kind, params
}

// charset is the one of an RFC 2231 value. The library reads two of them; as only
// the extension counts, which is ASCII, every other may pass for one of these.
var charset = regexp.MustCompile(`(\*(?:0\*)?\s*=\s*)[^'";\s]*'`)

// decoded takes encoded words for what they stand for. RFC 2047 section 5 does not
// allow them in parameters, and mail programs write them all the same.
func decoded(name string) string {
	if !strings.Contains(name, "=?") {
		return name
	}
	words := mime.WordDecoder{CharsetReader: anyCharset}
	if plain, err := words.DecodeHeader(name); err == nil {
		return plain
	}
	return name
}

// attachment is a file that SES does not take.
type attachment struct{ file, part, extension string }

func (a attachment) String() string {
	if a.part == "" {
		return a.file
	}
	return a.file + " (part " + a.part + ")"
}

// blocked says which attachments SES refuses.
func blocked(files []attachment) []diagnosis.Finding {
	if len(files) == 0 {
		return nil
	}
	const shown = 10
	f := diagnosis.New(diagnosis.MsgAttach)
	f.Title = fmt.Sprintf("the attachment %v is of a type that SES refuses, %s", files[0], files[0].extension)
	f.Source = diagnosis.Clean(files[0].file, 100)
	var others []string
	for _, a := range files[1:min(len(files), shown)] {
		others = append(others, a.String())
	}
	if len(others) > 0 {
		f.Detail = "so are " + strings.Join(others, ", ")
	}
	if len(files) > shown {
		f.Detail += fmt.Sprintf(" and %d more", len(files)-shown)
	}
	return []diagnosis.Finding{f}
}

// blockedExtension is a file name's extension, in lower case, if SES takes no file
// with it, or "".
func blockedExtension(file string) string {
	_, extension, ok := cutLast(strings.TrimSpace(file), ".")
	if extension = strings.ToLower(extension); ok && blockedExtensions[extension] {
		return "." + extension
	}
	return ""
}

// blockedExtensions are those of files that SES refuses (SES developer guide,
// "Unsupported attachment types").
var blockedExtensions = wordSet(`
	ade adp app asp bas bat cer chm cmd com cpl crt csh der exe fxp gadget hlp hta inf ins isp its js jse ksh
	lib lnk mad maf mag mam maq mar mas mat mau mav maw mda mdb mde mdt mdw mdz msc msh msh1 msh2 mshxml
	msh1xml msh2xml msi msp mst ops pcd pif plg prf prg reg scf scr sct shb shs sys ps1 ps1xml ps2 ps2xml psc1
	psc2 tmp url vb vbe vbs vps vsmacros vss vst vsw vxd ws wsc wsf wsh xnk`)

// wordSet is the set of the words in a text, in lower case.
func wordSet(text string) map[string]bool {
	words := strings.Fields(strings.ToLower(text))
	set := make(map[string]bool, len(words))
	for _, word := range words {
		set[word] = true
	}
	return set
}
