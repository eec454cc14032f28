module barbican.example/call

go 1.19
