// Verify Access's token at your origin. go get github.com/coreos/go-oidc/v3/oidc
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

type claims struct {
	Email      string `json:"email"`
	CommonName string `json:"common_name"` // the Client ID of a service token, whose `sub` is empty
	Type       string `json:"type"`
	IssuedAt   int64  `json:"iat"`
}

func main() {
	team := strings.TrimSuffix(os.Getenv("ACCESS_TEAM_DOMAIN"), "/")
	audience := os.Getenv("ACCESS_AUD") // of this application; another one's token is not for us
	if team == "" || audience == "" {
		log.Fatal("ACCESS_TEAM_DOMAIN or ACCESS_AUD is not set")
	}
	// Keys are kept, and fetched anew for a key ID that is not among them.
	ctx := oidc.ClientContext(context.Background(), &http.Client{Timeout: 10 * time.Second})
	keys := oidc.NewRemoteKeySet(ctx, team+"/cdn-cgi/access/certs")
	verifier := oidc.NewVerifier(team, keys, &oidc.Config{
		ClientID:             audience,
		SupportedSigningAlgs: []string{oidc.RS256}, // never what the token says
	})

	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		caller, err := verify(r, verifier)
		if err != nil {
			log.Print(err) // the caller need not know why
			http.Error(w, "No valid token of Cloudflare Access.", http.StatusUnauthorized)
			return
		}
		fmt.Fprintf(w, "Hello %s\n", caller)
	})
	port := os.Getenv("PORT")
	if port == "" {
		port = "8000"
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:"+port, nil))
}

func verify(r *http.Request, verifier *oidc.IDTokenVerifier) (string, error) {
	// The header is there for people and machines; the cookie may be missing.
	found := r.Header.Values("Cf-Access-Jwt-Assertion")
	if len(found) != 1 {
		return "", errors.New("not exactly one assertion")
	}
	token, err := verifier.Verify(r.Context(), found[0])
	if err != nil {
		return "", err
	}
	var read claims
	if err := token.Claims(&read); err != nil {
		return "", err
	}
	// "org" is a login at the team domain, not at this application.
	if read.Type != "" && read.Type != "app" {
		return "", errors.New("not an application token")
	}
	if read.IssuedAt == 0 || read.IssuedAt > time.Now().Add(30*time.Second).Unix() {
		return "", errors.New("not issued yet")
	}
	if read.Email != "" {
		return read.Email, nil
	}
	return read.CommonName, nil
}
