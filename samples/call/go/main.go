// Call the demo with a service token. Standard library only.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

func main() {
	if err := call(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func call() error {
	url := os.Getenv("DEMO_URL")
	if url == "" {
		url = "https://barbicancloud.co.uk/service-token/"
	}
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "barbican-sample/1.0")
	for header, name := range map[string]string{
		"CF-Access-Client-Id":     "CF_ACCESS_CLIENT_ID",
		"CF-Access-Client-Secret": "CF_ACCESS_CLIENT_SECRET",
	} {
		if os.Getenv(name) == "" {
			return fmt.Errorf("%s is not set", name)
		}
		request.Header.Set(header, os.Getenv(name))
	}
	client := &http.Client{
		Timeout: 20 * time.Second,
		// A redirect leads to a login page, and Go would send the secret along.
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	kind := answer.Header.Get("Content-Type")
	switch {
	case answer.StatusCode >= 300 && answer.StatusCode < 400:
		return fmt.Errorf("sent to a login page: no Service Auth policy let this token in")
	case answer.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "application/json"):
		return fmt.Errorf("refused: %d %s", answer.StatusCode, kind)
	}
	_, err = io.Copy(os.Stdout, answer.Body)
	return err
}
