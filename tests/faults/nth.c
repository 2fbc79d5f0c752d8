/* Lets the n-th operation on files under a directory fail, as an ill disk would.
 *
 * Loaded before the C library (LD_PRELOAD), so that it sees what Python, SQLite and their threads
 * do. Nothing fails until lamp_fault_arm() has been called.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static char under[PATH_MAX];
static long nth, counted;
static int for_good, error;

void lamp_fault_arm(const char *directory, long n, int all_that_follow, int number)
{
    snprintf(under, sizeof under, "%s/", directory);
    nth = n;
    for_good = all_that_follow;
    error = number;
    counted = 0;
}

void lamp_fault_disarm(void) { under[0] = 0; }

long lamp_fault_counted(void) { return counted; }

static int path_fails(const char *path)
{
    if (!under[0] || strncmp(path, under, strlen(under)))
        return 0;
    long now = __sync_add_and_fetch(&counted, 1);
    if (!nth || now < nth || (now > nth && !for_good))
        return 0;
    errno = error;
    return 1;
}

static int file_fails(int file)
{
    char link[64], path[PATH_MAX];
    if (!under[0])
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0)
        return 0;
    path[length] = 0;
    return path_fails(path);
}

#define REAL(name) __typeof__(name) *real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)
#define ON_FILE(type, name, parameters, arguments) \
    type name parameters { REAL(name); return file_fails(file) ? -1 : real arguments; }
#define ON_PATH(name, parameters, arguments) \
    int name parameters { REAL(name); return path_fails(path) ? -1 : real arguments; }
#define OPEN(name, parameters, arguments) \
    int name parameters \
    { \
        mode_t mode = 0; \
        if (flags & (O_CREAT | __O_TMPFILE)) { \
            va_list more; \
            va_start(more, flags); \
            mode = va_arg(more, mode_t); \
            va_end(more); \
        } \
        REAL(name); \
        return path_fails(path) ? -1 : real arguments; \
    }

ON_FILE(ssize_t, write, (int file, const void *bytes, size_t count), (file, bytes, count))
ON_FILE(ssize_t, pwrite, (int file, const void *bytes, size_t count, off_t at),
        (file, bytes, count, at))
ON_FILE(ssize_t, pwrite64, (int file, const void *bytes, size_t count, off64_t at),
        (file, bytes, count, at))
ON_FILE(ssize_t, read, (int file, void *bytes, size_t count), (file, bytes, count))
ON_FILE(ssize_t, pread, (int file, void *bytes, size_t count, off_t at), (file, bytes, count, at))
ON_FILE(ssize_t, pread64, (int file, void *bytes, size_t count, off64_t at),
        (file, bytes, count, at))
ON_FILE(int, fsync, (int file), (file))
ON_FILE(int, fdatasync, (int file), (file))
ON_FILE(int, ftruncate, (int file, off_t length), (file, length))
ON_FILE(int, ftruncate64, (int file, off64_t length), (file, length))
ON_PATH(rename, (const char *path, const char *target), (path, target))
ON_PATH(unlink, (const char *path), (path))
ON_PATH(mkdir, (const char *path, mode_t mode), (path, mode))
OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
OPEN(openat, (int directory, const char *path, int flags, ...), (directory, path, flags, mode))
OPEN(openat64, (int directory, const char *path, int flags, ...), (directory, path, flags, mode))
