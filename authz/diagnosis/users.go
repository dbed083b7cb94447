package diagnosis

// usersEntries are the reasons that lie in sesgate's users file.
var usersEntries = []Entry{
	{
		Code:     AuthFailed,
		Title:    "the user name or the password is wrong",
		Reply:    535,
		Enhanced: Enhanced{5, 7, 8},
		Cause: "the application's SMTP user name and password are not those of a line of the listener's users file; " +
			"SMTP credentials of SES itself are of no use here",
		Tell:     "look for the user name in the users file; after three wrong passwords the connection ends, and after ten in a minute none is checked for a while",
		Fix:      "correct user name and password in the application, or set a new password: sesgate hash prints the line for the users file",
		Evidence: Documented,
	},
	{
		Code:     AuthSender,
		Title:    "the user may not send as this sender",
		Reply:    550,
		Enhanced: Enhanced{5, 7, 1},
		Cause:    "the user's line in the users file names the senders that it may use, and neither MAIL FROM nor the From header may have another",
		Tell:     "compare the sender with those behind the user's hash in the users file: an address, a domain with its subdomains, or a pattern with *",
		Fix:      "send as one of the user's own senders, authenticate as another user, or add the sender to the user's line",
		Evidence: Documented,
	},
}
