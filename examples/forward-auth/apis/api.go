// An API behind the proxy: net/http and go-jose. It believes the assertion and nothing else.
// With Debian's packages: GO111MODULE=off GOPATH=/usr/share/gocode go run api.go
package main

import (
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"gopkg.in/square/go-jose.v2"
	"gopkg.in/square/go-jose.v2/jwt"
)

var (
	issuer         = setting("ISSUER", "http://localhost:8000")
	audience       = setting("AUDIENCE", "https://api.example.com")
	keys           = keySet{url: setting("JWKS_URL", issuer+"/.well-known/jwks.json")}
	errUnavailable = errors.New("the keys are out of reach")
)

func setting(name, otherwise string) string {
	if value, ok := os.LookupEnv(name); ok {
		return value
	}
	return otherwise
}

// keySet keeps the keys for five minutes, and fetches them again for one that it does not know. It tries at most once a second, and
// whoever has a known key does not wait for that.
type keySet struct {
	url  string
	held atomic.Pointer[held]
	// Guards what follows, and is held while the keys are fetched.
	mutex sync.Mutex
	tried time.Time
	err   error
}

type held struct {
	jose.JSONWebKeySet
	fetched time.Time
}

func (k *keySet) key(id string) (*jose.JSONWebKey, error) {
	if key := k.known(id); key != nil {
		return key, nil
	}
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if key := k.known(id); key != nil {
		return key, nil
	}
	if time.Since(k.tried) > time.Second {
		k.err = k.fetch()
		k.tried = time.Now()
	}
	if k.err != nil {
		return nil, errUnavailable
	}
	if key := k.known(id); key != nil {
		return key, nil
	}
	return nil, errors.New("unknown key")
}

func (k *keySet) known(id string) *jose.JSONWebKey {
	held := k.held.Load()
	if held == nil || time.Since(held.fetched) > 5*time.Minute {
		return nil
	}
	if found := held.Key(id); len(found) == 1 {
		return &found[0]
	}
	return nil
}

func (k *keySet) fetch() error {
	client := http.Client{Timeout: 3 * time.Second}
	response, err := client.Get(k.url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	next := held{fetched: time.Now()}
	if err := json.NewDecoder(response.Body).Decode(&next.JSONWebKeySet); err != nil {
		return err
	}
	if len(next.Keys) == 0 {
		return errors.New("no keys")
	}
	k.held.Store(&next)
	return nil
}

type caller struct {
	jwt.Claims
	Email string `json:"email"`
	Role  string `json:"role"`
}

// #region verify
func verify(assertion string) (*caller, error) {
	token, err := jwt.ParseSigned(assertion)
	if err != nil {
		return nil, err
	}
	header := token.Headers[0]
	if header.Algorithm != string(jose.ES256) || header.ExtraHeaders["typ"] != "auth-assertion+jwt" {
		return nil, errors.New("no assertion")
	}
	key, err := keys.key(header.KeyID)
	if err != nil {
		return nil, err
	}
	var claims caller
	if err := token.Claims(key, &claims); err != nil {
		return nil, err
	}
	if claims.Expiry == nil || claims.Subject == "" {
		return nil, errors.New("claims are missing")
	}
	expected := jwt.Expected{Issuer: issuer, Audience: jwt.Audience{audience}, Time: time.Now()}
	return &claims, claims.ValidateWithLeeway(expected, 10*time.Second)
}

func whoami(response http.ResponseWriter, request *http.Request) {
	caller, err := verify(request.Header.Get("X-Auth-Assertion"))
	if errors.Is(err, errUnavailable) {
		response.Header().Set("Retry-After", "1")
		http.Error(response, "try again", http.StatusServiceUnavailable)
	} else if err != nil {
		http.Error(response, "no valid assertion", http.StatusUnauthorized)
	} else {
		response.Header().Set("Content-Type", "application/json")
		json.NewEncoder(response).Encode(map[string]string{"sub": caller.Subject, "email": caller.Email, "role": caller.Role})
	}
}

func main() {
	http.HandleFunc("/whoami", whoami)
	log.Fatal(http.ListenAndServe("127.0.0.1:"+setting("PORT", "9000"), nil))
}

// #endregion
